import type { Step } from '../plan/step.ts';
import type { ReconcileTrace } from '../reconcile/trace.ts';
import { assertNever } from '../tap/assert-never.ts';
import type { TapEvent } from '../tap/event.ts';
import { milliseconds } from './milliseconds.ts';
import { narrateMtu } from './narrate-mtu.ts';
import { type Narrator, Once } from './narrator.ts';

function describeEvent(event: TapEvent): Record<string, unknown> {
  switch (event.kind) {
    case 'create_tap_service': {
      const { id, taasId, portId } = event.tapService;
      return { tapService: id, taasId, port: portId, namedHost: event.host };
    }
    case 'create_tap_flow': {
      const { id, tapServiceId, sourcePortId, direction, vlanFilter } = event.tapFlow;
      return {
        tapFlow: id,
        tapService: tapServiceId,
        sourcePort: sourcePortId,
        direction,
        vlanFilter,
        namedHost: event.host,
      };
    }
    case 'delete_tap_service':
      return { tapService: event.id, namedHost: event.host };
    case 'delete_tap_flow':
      return { tapFlow: event.id, namedHost: event.host };
    case 'taps_snapshot':
      return { tapServices: event.tapServices.size, tapFlows: event.tapFlows.size };
    default:
      return assertNever(event);
  }
}

function describeStep(step: Step): Record<string, unknown> {
  return step.kind === 'rows'
    ? { rows: step.changes.map(({ kind }) => kind) }
    : { bridge: step.bridge, flows: step.mods.length };
}

/** As many names as a line of the log can hold. */
const some = (names: readonly string[]) => ({ count: names.length, names: names.slice(0, 5) });

const idField = (kind: 'tap_service' | 'tap_flow', id: string) =>
  kind === 'tap_service' ? { tapService: id } : { tapFlow: id };

/** Tells the log and the counters what the loop does. */
export function narrateReconcile(narrator: Narrator): (event: ReconcileTrace) => void {
  const { log, counters } = narrator;
  const standing = new Once();
  const passed = (result: string) => counters.increment('taas_agent_passes_total', { result });
  return (event) => {
    switch (event.kind) {
      case 'events-taken':
        for (const { event: taken, requestId } of event.events) {
          counters.increment('taas_agent_messages_total', { result: 'taken' });
          counters.increment('taas_agent_events_total', { method: taken.kind });
          log.info({ ...describeEvent(taken), requestId }, taken.kind);
        }
        for (const { level, kind, id, reason } of event.notices) log[level](idField(kind, id), reason);
        return;
      case 'events-refused':
        return log.error(
          { events: event.count, err: event.error },
          'tap events could not be saved; they stay with the broker',
        );
      case 'undone':
        return log.error({ err: event.error }, 'what was confirmed could not be saved; it is found out again');
      case 'step-applied':
        counters.increment('taas_agent_steps_total', { kind: event.step.kind });
        return log.debug({ ...describeStep(event.step), ms: milliseconds(event.milliseconds) }, 'step confirmed');
      case 'settled':
        passed('settled');
        standing.tell('settled', () => log.info('the switch holds what is wanted'));
        if (event.steps === 0) return;
        return log.info({ steps: event.steps, ms: milliseconds(event.milliseconds) }, 'switch brought up to date');
      case 'repaired':
        counters.increment('taas_agent_repairs_total', event.names.length);
        return log.warn(
          some(event.names),
          'what is ours on the switch had been changed or removed, by somebody or a restart of it: put right',
        );
      case 'fight':
        counters.increment('taas_agent_fights_total');
        return log.error(
          { ...some(event.over), restMs: Math.round(event.restMilliseconds) },
          'somebody changes what is ours on the switch again and again: find out who',
        );
      case 'fight-over':
        return log.info('what is ours on the switch is left alone again');
      case 'pass-failed':
        passed('failed');
        return log.error(
          { err: event.error, retryInMs: event.retryMilliseconds },
          'the switch could not be brought up to date',
        );
      case 'blocked':
        passed('blocked');
        return standing.tell(event.reason, () => log.error({ reason: event.reason }, 'no tap can be had'));
      case 'switch-away':
        passed('away');
        return standing.tell('away', () => log.warn('waiting for the switch'));
      case 'waiting':
        return log[event.wasActive ? 'warn' : 'info'](
          { ...idField(event.tap.kind, event.tap.id), reason: event.tap.reason },
          event.wasActive ? 'tap has no copies for now' : 'tap is waiting',
        );
      case 'no-longer-waiting':
        return log.info(idField(event.tap.kind, event.tap.id), 'tap has its copies again, or is gone');
      case 'mtu':
        return narrateMtu(narrator, event);
      case 'gave-up': {
        const { kind, id, reason } = event.failure;
        counters.increment('taas_agent_taps_given_up_total', { kind });
        return log.error({ ...idField(kind, id), reason }, 'tap given up: reporting ERROR');
      }
      case 'announced':
        return log.debug(some(event.ids), 'other hosts were told that these tap services are here');
      case 'places-lost':
        counters.increment('taas_agent_places_lost_total', event.ids.length);
        return log.info(
          some(event.ids),
          'copies for tap services on other hosts are no longer answered: they go to all hosts until they are',
        );
      case 'floods-paused':
        counters.increment('taas_agent_floods_paused_total', event.ids.length);
        return log.warn(
          some(event.ids),
          'no host answers copies for tap services: they wait for one that does, and go out for half a second in twenty',
        );
      case 'places-failed':
        return log.warn({ err: event.error }, 'the places of tap services on other hosts could not be looked after');
      case 'inventory-sent':
        return log.debug({ ports: event.ports }, 'ports reported');
      case 'inventory-unwanted':
        return log.debug('nobody wants to hear which ports there are');
      case 'inventory-failed':
        return log.warn(
          { err: event.error, retryInMs: event.retryMilliseconds },
          'the ports could not be reported; they are reported again',
        );
      case 'reported': {
        const { kind, id, status } = event.report;
        counters.increment('taas_agent_reports_total', { status });
        return log.info({ ...idField(kind, id), status }, 'status reported');
      }
      case 'report-failed':
        counters.increment('taas_agent_report_failures_total');
        return log.warn(
          { ...event.report, err: event.error, retryInMs: event.retryMilliseconds },
          'a status could not be reported; it is kept and sent again',
        );
      default:
        return assertNever(event);
    }
  };
}
