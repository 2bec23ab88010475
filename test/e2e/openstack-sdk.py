"""Uses the network API at the URL that is given through openstacksdk; prints what it gets as JSON.

The two resources are those that later releases of the SDK bring along (openstack/network/v2/tap_service.py, tap_flow.py):
they look for a name by asking for it as an id first, and then with ?name=.
"""
import json
import sys

import openstack
from openstack import exceptions, resource


NOWHERE = "00000000-0000-4000-8000-000000000000"


class Tap(resource.Resource):
    allow_create = allow_fetch = allow_commit = allow_delete = allow_list = True
    _allow_unknown_attrs_in_body = True
    _query_mapping = resource.QueryParameters("sort_key", "sort_dir", "fields", "name", "project_id")
    name = resource.Body("name")
    description = resource.Body("description")
    project_id = resource.Body("project_id")
    status = resource.Body("status")


class TapService(Tap):
    resource_key = "tap_service"
    resources_key = "tap_services"
    base_path = "/taas/tap_services"
    port_id = resource.Body("port_id")


class TapFlow(Tap):
    resource_key = "tap_flow"
    resources_key = "tap_flows"
    base_path = "/taas/tap_flows"
    tap_service_id = resource.Body("tap_service_id")
    source_port = resource.Body("source_port")
    direction = resource.Body("direction")


def refusal(call):
    try:
        call()
    except exceptions.SDKException as error:
        return f"{type(error).__name__}: {error.details if hasattr(error, 'details') else error}"
    return None


network = openstack.connect(auth_type="none", endpoint=sys.argv[1], region_name="").network
sensor = network.find_port("sensor")
service = TapService.new(name="of the SDK", port_id=sensor.id).create(network)
flow = TapFlow.new(tap_service_id=service.id, source_port=network.find_port("vm").id, direction="OUT").create(network)
service.description = "changed"
told = {
    "extensions": [extension.alias for extension in network.extensions()],
    "ports": sorted(port.name for port in network.ports(**{"binding:host_id": "host-1"})),
    "sensor": [sensor.name, sensor.status, sensor.binding_vnic_type],
    "found": TapService.find(network, "of the SDK").id == service.id,
    "missing": TapFlow.find(network, "nothing of that name"),
    "changed": service.commit(network).description,
    "names": [each.name for each in TapService.list(network, project_id="default")],
    "pages": [each.id == flow.id for each in TapFlow.list(network, limit=1)],
    "refused": refusal(lambda: TapService.new(name="no port").create(network)),
    "nowhere": refusal(lambda: TapService.new(id=NOWHERE).delete(network)),
}
service.delete(network)
print(json.dumps(told))
