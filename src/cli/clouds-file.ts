import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { LineCounter, parseDocument } from 'yaml';
import { CliError } from './cli-error.ts';
import type { Surroundings } from './surroundings.ts';

type Mapping = Readonly<Record<string, unknown>>;

/** One cloud of clouds.yaml, with what secure.yaml adds to it. */
export interface Cloud {
  /** The file that it is in. */
  readonly path: string;
  readonly content: Mapping;
}

interface YamlFile {
  readonly path: string;
  readonly content: unknown;
}

type Place = Pick<Surroundings, 'environment' | 'folder'>;

export function isMapping(value: unknown): value is Mapping {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The order of openstacksdk (openstack/config/loader.py), whose first file that is there counts alone. */
function candidates(name: 'clouds' | 'secure', { environment, folder }: Place): string[] {
  const variable = name === 'clouds' ? 'OS_CLIENT_CONFIG_FILE' : 'OS_CLIENT_SECURE_FILE';
  const named = environment[variable];
  const home = environment['HOME'] || homedir();
  const config = environment['XDG_CONFIG_HOME'] || join(home, '.config');
  const folders = [folder, join(config, 'openstack'), join(home, '.config/openstack'), '/etc/openstack'];
  const files = folders.flatMap((each) => ['yaml', 'yml', 'json'].map((suffix) => join(each, `${name}.${suffix}`)));
  return named ? [named, ...files] : files;
}

function textOf(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? cause.code : undefined;
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw new CliError('settings', `${path} cannot be read (${String(code ?? cause)})`, { cause });
  }
}

/** JSON is YAML, too. The parser's prettier messages would quote the line, and with it a password. */
function contentOf(text: string, path: string): unknown {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, logLevel: 'error' });
  const [fault] = document.errors;
  if (fault) {
    const { line } = lines.linePos(fault.pos[0]);
    throw new CliError('settings', `${path}: line ${line} is not right YAML: ${fault.message}`, { cause: fault });
  }
  try {
    return document.toJS();
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new CliError('settings', `${path} is not right YAML: ${why}`, { cause });
  }
}

function firstFile(paths: readonly string[]): YamlFile | undefined {
  for (const path of paths) {
    const text = textOf(path);
    if (text !== undefined) return { path, content: contentOf(text, path) };
  }
  return undefined;
}

function cloudsIn(file: YamlFile | undefined): Mapping {
  const clouds = isMapping(file?.content) ? file.content['clouds'] : undefined;
  return isMapping(clouds) ? clouds : {};
}

/** The second wins, key by key at every depth. */
function merged(first: unknown, second: unknown): unknown {
  if (!isMapping(first) || !isMapping(second)) return second === undefined ? first : second;
  const keys = [...new Set([...Object.keys(first), ...Object.keys(second)])];
  return Object.fromEntries(keys.map((key) => [key, merged(first[key], second[key])]));
}

/**
 * Finds a cloud by its name, as openstacksdk would.
 * @throws CliError settings: there is no file, it cannot be read, or the cloud is not in it.
 */
export function findCloud(name: string, place: Place): Cloud {
  const paths = candidates('clouds', place);
  const file = firstFile(paths);
  const secure = firstFile(candidates('secure', place));
  const content = merged(cloudsIn(file)[name], cloudsIn(secure)[name]);
  if (isMapping(content)) return { path: file?.path ?? secure?.path ?? '', content };
  if (file === undefined) {
    const looked = paths.filter((path) => !/\.(yml|json)$/.test(path)).join(', ');
    throw new CliError('settings', `the cloud ${name} is in no clouds.yaml: there is none of ${looked}`);
  }
  if (content !== undefined)
    throw new CliError('settings', `${file.path}: the cloud ${name} must have settings of its own, such as auth`);
  const known = Object.keys(cloudsIn(file)).join(', ') || 'no cloud';
  throw new CliError('settings', `${file.path} has no cloud ${name}; it has ${known}`);
}
