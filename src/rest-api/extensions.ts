/** As Neutron's ExtensionController shows one (neutron/api/extensions.py); words and times from neutron_lib/api/definitions. */
export interface Extension {
  readonly alias: string;
  readonly name: string;
  readonly description: string;
  readonly updated: string;
  readonly links: readonly [];
}

export const extensions: readonly Extension[] = [
  {
    alias: 'taas',
    name: 'Neutron Tap as a Service',
    description: 'Neutron Tap as a Service Extension.',
    updated: '2015-01-14T10:00:00-00:00',
    links: [],
  },
  {
    alias: 'taas-vlan-filter',
    name: 'VLAN filtering for Neutron Tap as a Service',
    description: 'Neutron Tap as a Service Extension for filtering VLANs.',
    updated: '2018-01-14T10:00:00-00:00',
    links: [],
  },
];
