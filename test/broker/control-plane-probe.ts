import { randomUUID } from 'node:crypto';
import { ControlPlaneBus, type ControlPlaneBusOptions } from '../../src/bus/control-plane-bus.ts';
import type { AgentReport } from '../../src/contract/agent-report.ts';
import type { AgentCast } from '../../src/contract/cast.ts';
import { rpcMessage } from '../bus/neutron-rpc.ts';
import { uuid } from './bus-probe.ts';
import { RecordedTraces } from './recorded-traces.ts';

/** A real bus of a control plane that records what it is given and what it tells. */
export class ControlPlaneProbe extends RecordedTraces {
  readonly bus: ControlPlaneBus;
  readonly reports: AgentReport[] = [];
  connections = 0;
  /** Decides what becomes of a report; by default it is taken at once. */
  onReport: (report: AgentReport) => Promise<void> = async () => undefined;

  constructor({ timing, ...options }: Pick<ControlPlaneBusOptions, 'urls' | 'timing'>) {
    super();
    this.bus = new ControlPlaneBus({
      exchange: 'neutron',
      name: 'taas-server',
      ...options,
      timing: { reconnect: { minMs: 50, maxMs: 500 }, retryMs: 50, ...timing },
      onReport: (report) => {
        this.reports.push(report);
        return this.onReport(report);
      },
      onConnected: () => {
        this.connections += 1;
      },
      trace: (event) => this.traces.push(event),
    });
  }

  async taken(count: number): Promise<void> {
    await this.until(`${count} reports`, () => this.reports.length >= count);
  }

  async connected(count = 1): Promise<void> {
    await this.until(`${count} connections`, () => this.connections >= count);
  }

  async start(): Promise<void> {
    this.bus.start();
    await this.connected();
  }
}

/** A good create of a tap flow with that id, for all agents or for one host's. */
export function flowCast(number: number, host: string | null = null): AgentCast {
  const { args } = rpcMessage('create_tap_flow');
  args.tap_flow_msg.tap_flow.id = uuid(number);
  const uniqueId = number.toString(16).padStart(32, '0');
  return { host, method: 'create_tap_flow', args, uniqueId, requestId: `req-${randomUUID()}` };
}
