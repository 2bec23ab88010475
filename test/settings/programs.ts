import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { z } from 'zod';
import { agentModel } from '../../src/settings/agent-settings.ts';
import { serverModel } from '../../src/settings/server-settings.ts';
import type { SettingsModel } from '../../src/settings/settings-model.ts';

/** A program with settings, and the files that tell of them. */
export interface Program {
  readonly name: string;
  readonly model: SettingsModel<z.ZodType<{ bus: { urls: string[] } }>>;
  /** The text of its sample file, and of the document with its table of settings. */
  readonly sample: string;
  readonly document: string;
  /** Settings whose example in the sample file is not the default, and these examples, as the program takes them. */
  readonly examples: Readonly<Record<string, unknown>>;
}

const text = (path: string) => readFileSync(join(import.meta.dirname, '../..', path), 'utf8');

export const programs: readonly Program[] = [
  {
    name: 'taas-agent',
    model: agentModel,
    sample: text('config/taas-agent.yaml'),
    document: text('README.md'),
    examples: {
      host: 'compute-1',
      'bus.urls': ['amqp://openstack:secret@127.0.0.1:5672/'],
      // The default follows ovs.run_dir.
      'ovs.remote': 'unix:/var/run/openvswitch/db.sock',
    },
  },
  {
    name: 'taas-server',
    model: serverModel,
    sample: text('config/taas-server.yaml'),
    document: text('docs/taas-server.md'),
    examples: { 'bus.urls': ['amqp://taas:secret@127.0.0.1:5672/'] },
  },
];
