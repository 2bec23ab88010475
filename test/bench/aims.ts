import { type CreateFigures, together } from './create-figures.ts';
import { count, figure, ms, ratio, table } from './markdown.ts';
import type { Results } from './results.ts';

/** A figure that somebody waits for: what the Python agent needed, what ours is to need at most, what it needs. */
interface Row {
  readonly what: string;
  readonly before?: string;
  readonly aim?: string;
  readonly measured: string;
  /** Undefined where there is no aim. */
  readonly reached?: boolean;
}

/** Issue and design name these; milliseconds, MB and per cent of a core. */
const AIM = { create: 4, burst: 200, timesFloor: 2, memory: 100, cpu: 0.5 } as const;
/** The Python agent of Neutron (Zed), measured once on a machine like this. */
const PYTHON = { create: '56 ms', delete: '19 ms', burst: '17.2 s', memory: '181 MB' } as const;
/** The sizes that the aims are for. */
const FEW_PORTS = 30;
const BURST = 300;

const megabytes = (value: number) => `${figure(value)} MB`;

function fewPorts({ ports, oneByOne }: CreateFigures): Row[] {
  const [series] = oneByOne;
  if (ports !== FEW_PORTS || !series) return [];
  const { create, delete: gone } = series;
  return [
    {
      what: `create to ACTIVE, median, ${ports} ports`,
      before: PYTHON.create,
      aim: `under ${AIM.create} ms`,
      measured: ms(create.median),
      reached: create.median < AIM.create,
    },
    { what: `delete to INACTIVE, median, ${ports} ports`, before: PYTHON.delete, measured: ms(gone.median) },
  ];
}

function ofSize(figures: CreateFigures): Row[] {
  const { ports, bursts } = figures;
  const { agent, least } = together(figures);
  const burst = bursts.find(({ taps }) => taps === BURST);
  return [
    {
      what: `create and delete, beside what the switch needs, ${ports} ports`,
      aim: `${AIM.timesFloor}× at most`,
      measured: ratio(agent, least),
      reached: agent / least <= AIM.timesFloor,
    },
    ...(burst
      ? [
          {
            what: `${BURST} creates at once, ${ports} ports`,
            before: PYTHON.burst,
            aim: 'under 0.2 s',
            measured: ms(burst.create.median),
            reached: burst.create.median < AIM.burst,
          },
        ]
      : []),
  ];
}

function atRest({ rest }: Results): Row[] {
  if (!rest) return [];
  const most = Math.max(...rest.rests.map(({ memory }) => memory.resident));
  const cpu = Math.max(...rest.rests.map((each) => each.cpu));
  return [
    {
      what: 'resident memory, no taps',
      before: PYTHON.memory,
      measured: megabytes(rest.rests[0]?.memory.resident ?? Number.NaN),
    },
    {
      what: `resident memory, ${count(rest.known)} taps known`,
      aim: `under ${AIM.memory} MB`,
      measured: megabytes(most),
      reached: most < AIM.memory,
    },
    {
      what: 'processor at rest, the most of all cases',
      aim: `under ${AIM.cpu} % of a core`,
      measured: `${cpu.toFixed(2)} %`,
      reached: cpu < AIM.cpu,
    },
  ];
}

/** What was aimed at beside what was measured; empty where nothing of it was. */
export function aimsTable(results: Results): string {
  const { create } = results;
  const rows = [...create.flatMap(fewPorts), ...create.flatMap(ofSize), ...atRest(results)];
  if (rows.length === 0) return '';
  const cells = ({ what, before = '', aim = '', measured, reached }: Row) => {
    const word = reached === undefined ? '' : reached ? 'yes' : 'no';
    return [what, before, aim, measured, word];
  };
  return table(['', 'Python agent', 'aim', 'measured', 'reached'], rows.map(cells));
}
