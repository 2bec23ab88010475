import { parse } from 'yaml';
import { z } from 'zod';
import { readRootFile } from './dockerfile.ts';

const seconds = z.string().regex(/^\d+s$/);

/** What our compose file uses of the Compose Specification; anything else is an error here, wrong types above all. */
const service = z.strictObject({
  image: z.string(),
  build: z.strictObject({ context: z.literal('.'), target: z.string() }).optional(),
  hostname: z.string().optional(),
  depends_on: z.record(z.string(), z.strictObject({ condition: z.literal('service_healthy') })).default({}),
  environment: z.record(z.string(), z.string()).default({}),
  ports: z.array(z.string()).default([]),
  volumes: z.array(z.string()).default([]),
  tmpfs: z.array(z.string()).default([]),
  cap_add: z.array(z.string()).default([]),
  security_opt: z.array(z.string()).default([]),
  devices: z.array(z.string()).default([]),
  healthcheck: z.strictObject({
    test: z.tuple([z.literal('CMD')], z.string()),
    interval: seconds,
    timeout: seconds,
    retries: z.int().positive(),
  }),
});

/** No `version` and no `name`: docker-compose 1.29 and Compose 2 both take the file. */
const composeFile = z.strictObject({
  services: z.record(z.string(), service),
  volumes: z.record(z.string(), z.null()),
});

/** docker-compose.yml with the defaults of its variables. */
export function readComposeFile(): z.infer<typeof composeFile> {
  const text = readRootFile('docker-compose.yml').replace(/\$\{[A-Z_]+:-([^}]*)\}/g, '$1');
  return composeFile.parse(parse(text));
}
