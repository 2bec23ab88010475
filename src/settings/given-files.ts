interface TlsSettings {
  readonly ca: string | null;
  readonly cert: string | null;
  readonly key: string | null;
}

/** The paths of TLS settings without those that are not set. */
export function givenFiles(files: TlsSettings): {
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
} {
  return Object.fromEntries(Object.entries(files).filter(([, path]) => path !== null));
}
