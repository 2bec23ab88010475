/** What an operator can do about a file of ours that cannot be read. */
export const wayOut = (path: string) =>
  `move it away and start again: Neutron then sends the taps of this host anew (keep ${path} for the bug report)`;

export function newerVersion(path: string, theirs: number, ours: number): string {
  const versions = `version ${theirs}, this one reads ${ours}`;
  return `${path} was written by a newer taas-agent (${versions}); start that one, or ${wayOut(path)}`;
}
