import { burstCosts, type FleetFigures, type Forecast, forecast } from './fleet-figures.ts';
import { count, figure, ms } from './markdown.ts';

const GIGABIT = 10;
/** taas_id is a VLAN id (IEEE 802.1Q, 9.6): 0 and 4,095 are none. */
const MOST_SERVICES = 4094;

const seconds = (milliseconds: number) => `${figure(milliseconds / 1000)} s`;
const megabytes = (bytes: number) => `${figure(bytes / 1e6)} MB`;
const percent = (value: number) => `${figure(value)} %`;

function whole({ hosts, large: { hosts: many } }: FleetFigures, { services, taps, messages }: Forecast): string {
  return (
    `Every agent keeps every tap of the fleet, so a message goes to each host. ${count(many)} hosts with as many taps each as those ${hosts} have ` +
    `${count(services)} tap services (\`taas_id\` allows ${count(MOST_SERVICES)}) and ${count(taps)} tap flows: ${count(messages)} creates. ` +
    'What an agent meets in such a fleet one agent was really told, of hosts that are not there; what the broker meets is reckoned.'
  );
}

function host(figures: FleetFigures, { messages, agentCpu, memoryOfTap, diskOfTap }: Forecast): readonly string[] {
  const { burst, services, taps, rest, large, series } = figures;
  const known = services + taps;
  const each = burstCosts(burst).agent;
  const others = large.series.others.median;
  return [
    `- **A host, all of them at once:** ${count(messages)} messages × ${ms(each)} of core time = ${seconds(agentCpu)} on each host, at all hosts at the same time. ` +
      `Measured: ${count(large.messages)} messages in ${seconds(large.milliseconds)}, with ${seconds(large.cpu)} of core time, ${ms(large.cpu / large.messages)} each.`,
    `- **A host, message by message:** an agent that only hears of it uses ${ms(others)} for each with ${count(known + large.messages)} known (${ms(series.others.median)} with ` +
      `${count(known)}): it saves it, and goes over all that it knows. One a second in the whole fleet is ${ms(others)} / 1,000 ms = ${percent(others / 10)} of a core of each host, and ` +
      `${figure(1000 / others)} a second are a core.`,
    `- **Memory of an agent:** ${figure(rest.resident.median)} MB + ${count(large.messages)} × ${count(memoryOfTap)} bytes for each more that is known = ` +
      `${figure(large.rest.resident.median)} MB; that is how the bytes were found.`,
    `- **Disk of an agent:** ${count(messages)} × ${count(diskOfTap)} bytes = ${megabytes(messages * diskOfTap)}; measured: ${megabytes(large.disk)}. The journal is begun anew when it has doubled.`,
    `- **Create to ACTIVE:** the agent of the host is alone with it: ${ms(large.series.create.median)} with ${count(known + large.messages)} known, and before it what the broker needs ` +
      'to get to it.',
  ];
}

function broker({ hosts, burst, bytes, rest, series, large }: FleetFigures, forecasted: Forecast): readonly string[] {
  const { messages, deliveries, brokerCpu, brokerSingle, brokerRest } = forecasted;
  const each = burstCosts(burst).broker;
  const link = (forecasted.bytes * 8) / (GIGABIT * 1e9);
  return [
    `- **The broker, message by message:** ${count(large.hosts)} deliveries × ${ms(series.broker)} = ${ms(brokerSingle)} of core time for a create; a core does ` +
      `${figure(1000 / brokerSingle)} a second, and the last host may have it so much later than the first.`,
    `- **The broker, all of them at once:** ${count(messages)} × ${count(large.hosts)} = ${count(deliveries)} deliveries × ${ms(each)} = ${seconds(brokerCpu)} of core time, and ` +
      `× ${count(bytes)} bytes = ${count(forecasted.bytes / 1e9)} GB, ${count(link)} s of a link of ${GIGABIT} Gbit/s. ` +
      `It needs ${seconds(brokerCpu)} / ${seconds(large.cpu)} = ${figure(brokerCpu / large.cpu)} cores to keep up with hosts that have one core each.`,
    `- **The broker, at rest:** ${percent(rest.broker)} of a core for ${hosts} agents, which ask every two seconds whether their exchanges are still there: ` +
      `× ${figure(large.hosts / hosts)} = ${percent(brokerRest)}, at most.`,
  ];
}

/** What the figures come to in a fleet that no machine here can hold, with the arithmetic. */
export function fleetForecast(figures: FleetFigures): string {
  const forecasted = forecast(figures);
  const points = [...host(figures, forecasted), ...broker(figures, forecasted)];
  return `${whole(figures, forecasted)}\n\n${points.join('\n')}`;
}
