import { OpenflowSession, type SessionOptions } from '../../src/openflow/openflow-session.ts';
import type { OpenflowTrace } from '../../src/openflow/trace-event.ts';
import { eventually } from '../support/eventually.ts';
import { type Behaviour, type FakeSwitch, fakeSwitch } from './fake-switch.ts';

/** A session that talks with a made-up switch; `session.start` begins it. */
export interface Talk {
  readonly peer: FakeSwitch;
  readonly session: OpenflowSession;
  /** All that the session has told. */
  readonly story: readonly OpenflowTrace[];
  /** Waits until the session has told something of this kind, and answers the first of it. */
  told(kind: OpenflowTrace['kind']): Promise<OpenflowTrace>;
  close(): Promise<void>;
}

/** Flows of br-tap with the cookies 0x10 to 0x1f are ours. */
export async function talkWith(behave: Behaviour, limits: SessionOptions['limits'] = {}): Promise<Talk> {
  const peer = await fakeSwitch(behave);
  const story: OpenflowTrace[] = [];
  const trace = (event: OpenflowTrace) => void story.push(event);
  const ours = { cookie: 0x10n, mask: 0xf0n };
  const session = new OpenflowSession({ bridge: 'tap', remote: peer.remote, ours, limits, trace });
  const told = (kind: OpenflowTrace['kind']) =>
    eventually(() => story.find((event) => event.kind === kind), { what: `the session to tell: ${kind}` });
  const close = async () => {
    await session.close();
    await peer.close();
  };
  return { peer, session, story, told, close };
}
