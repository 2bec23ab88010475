import { describe, expect, test } from 'vitest';
import type { Status } from '../../src/contract/resources.ts';
import {
  type AfterReport,
  effectOfAddress,
  type PortCondition,
  type PortEffect,
  portEffect,
  statusAfterReport,
} from '../../src/control-plane/decide-status.ts';

const row = (status: Status) => ({ status, project_id: 'red' });
const here: PortCondition = {
  host: 'a',
  plugged: true,
  projectId: 'red',
  mac: 'fa:16:3e:00:00:01',
  tunnelAddress: null,
};
const unplugged = { ...here, plugged: false };
const elsewhere = { ...here, host: 'b' };
const foreign = { ...here, projectId: 'blue' };
const addressed = { ...here, tunnelAddress: '192.0.2.1' };

const keep: AfterReport = { kind: 'keep' };
const erase: AfterReport = { kind: 'erase' };
const set = (status: Status): AfterReport => ({ kind: 'set', status });

describe('what a report makes of a row', () => {
  /** One line for a port: what the four reports of host `a` make of a row in each status. */
  type Line = Readonly<Record<'ACTIVE' | 'ERROR' | 'INACTIVE' | 'PENDING_DELETE', AfterReport>>;
  const nothing: Line = { ACTIVE: keep, ERROR: keep, INACTIVE: keep, PENDING_DELETE: keep };
  const said: Line = { ...nothing, ACTIVE: set('ACTIVE'), ERROR: set('ERROR') };
  const leaving: Line = { ...nothing, INACTIVE: erase };
  const lines: readonly (readonly [string, PortCondition | undefined, Line])[] = [
    ['plugged at the host that reports', here, said],
    ['unknown by now', undefined, said],
    ['unplugged by now', unplugged, { ...said, ACTIVE: keep }],
    ['plugged elsewhere by now', elsewhere, nothing],
    ["another project's by now", foreign, nothing],
  ];
  const reports = ['ACTIVE', 'ERROR', 'INACTIVE', 'PENDING_DELETE'] as const;

  test.each(lines)('its port is %s', (_, port, line) => {
    const answers = (status: Status) =>
      Object.fromEntries(
        reports.map((report) => [report, statusAfterReport(row(status), { status: report, host: 'a' }, port, false)]),
      );
    for (const status of ['DOWN', 'ACTIVE', 'ERROR'] as const) expect(answers(status)).toEqual(line);
    expect(answers('PENDING_DELETE')).toEqual(leaving);
  });

  test('what its host has given up before it was told everything is not in ERROR', () => {
    const now = (status: 'ACTIVE' | 'ERROR') => statusAfterReport(row('DOWN'), { status, host: 'a' }, here, true);
    expect([now('ERROR'), now('ACTIVE')]).toEqual([set('DOWN'), set('ACTIVE')]);
  });
});

describe('what a change of its port means for a tap', () => {
  /** The effect on a tap in DOWN, ACTIVE, ERROR and PENDING_DELETE, in this order. */
  type Effects = readonly [PortEffect, PortEffect, PortEffect, PortEffect];
  const cast: Effects = ['cast', 'cast', 'cast', 'none'];
  const castAndDelete: Effects = ['cast', 'cast', 'cast', 'delete'];
  const down: Effects = ['none', 'down', 'none', 'none'];
  const stop: Effects = ['stop', 'stop', 'stop', 'none'];
  const none: Effects = ['none', 'none', 'none', 'none'];
  const readdress: Effects = ['readdress', 'readdress', 'readdress', 'none'];
  const changes: readonly (readonly [string, PortCondition | undefined, PortCondition | undefined, Effects])[] = [
    ['it is seen for the first time', undefined, here, castAndDelete],
    ['it is seen for the first time, unplugged', undefined, unplugged, ['none', 'down', 'none', 'delete']],
    ['it is plugged', unplugged, here, cast],
    ['it is unplugged', here, unplugged, down],
    ['it is forgotten', here, undefined, down],
    ['it moves to another host', here, elsewhere, castAndDelete],
    ['it was unplugged at one host and is plugged at another', unplugged, elsewhere, castAndDelete],
    ['its MAC address changes', here, { ...here, mac: null }, cast],
    ['nothing that matters changes', here, { ...here }, none],
    ['another project gets it', here, foreign, stop],
    ['another project gets it while it is unplugged', unplugged, { ...foreign, plugged: false }, stop],
    ['its project gets it back', foreign, here, cast],
    ['its project gets it back while it is unplugged', { ...foreign, plugged: false }, unplugged, down],
    ['it goes from one foreign project to another', foreign, { ...foreign, projectId: 'green' }, none],
    ['its host gets an address', here, addressed, readdress],
    ['its host gets another address', addressed, { ...here, tunnelAddress: '192.0.2.2' }, readdress],
    ['its host loses its address', addressed, here, readdress],
    ['its host gets an address while it is unplugged', unplugged, { ...addressed, plugged: false }, down],
    ['it moves to a host with an address', here, { ...addressed, host: 'b' }, castAndDelete],
    ['its host gets an address while another project has it', foreign, { ...addressed, projectId: 'blue' }, none],
    ['it moves while another project has it', foreign, { ...foreign, host: 'b' }, ['none', 'none', 'none', 'delete']],
  ];

  test.each(changes)('%s', (_, before, after, expected) => {
    const statuses = ['DOWN', 'ACTIVE', 'ERROR', 'PENDING_DELETE'] as const;
    expect(statuses.map((status) => portEffect(row(status), before, after))).toEqual(expected);
  });
});

describe('what another address of a host means for a flow from or to it', () => {
  const effects = (port: PortCondition, other: Pick<PortCondition, 'host'> | undefined) =>
    (['DOWN', 'ACTIVE', 'ERROR'] as const).map((status) => effectOfAddress(row(status), port, other));

  test('within the host: nothing', () => {
    expect(effects(addressed, here)).toEqual(['none', 'none', 'none']);
  });

  test.each([
    ['another host', { host: 'b' }],
    ['nowhere', undefined],
  ])('to %s: what could not go gets a new chance, what went follows its service', (_, other) => {
    expect(effects(addressed, other)).toEqual(['cast', 'none', 'cast']);
  });

  test('when nobody knows where to any more, its agent is to say how it stands', () => {
    expect(effects(here, elsewhere)).toEqual(['cast', 'cast', 'cast']);
  });
});
