import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { HostError } from './host-error.ts';

/** The package's folder is two above this file, in src/ as in dist/. */
const ROOT = join(import.meta.dirname, '../..');

function versionIn(text: string): string | undefined {
  const { version }: { readonly version?: unknown } = JSON.parse(text) ?? {};
  return typeof version === 'string' ? version : undefined;
}

/**
 * The version of the installed package, such as "1.2.3".
 * @throws HostError package-unreadable when package.json is not beside dist/, or has no version.
 */
export function packageVersion(root: string = ROOT): string {
  const path = join(root, 'package.json');
  try {
    const version = versionIn(readFileSync(path, 'utf8'));
    if (version !== undefined) return version;
  } catch (cause) {
    throw new HostError('package-unreadable', `cannot read the version from ${path}`, { cause });
  }
  throw new HostError('package-unreadable', `${path} has no version`);
}
