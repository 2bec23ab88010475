import { z } from 'zod';

/** What is said of a setting in its error messages and in the documentation, beside what its schema checks. */
export interface SettingFacts {
  /** Completes the sentence "bus.exchange must be ...". */
  readonly expected: string;
  /** The same of one entry, where the setting is a list. */
  readonly entry?: string;
  readonly unit?: string;
  /** The default in words, where it is not one value for every host. */
  readonly defaultInWords?: string;
  /** Where the default follows another setting: that one's key, and what follows from its value. */
  readonly defaultFrom?: { readonly key: string; readonly follow: (value: unknown) => unknown };
  /** The value may hold a password: it is never shown. */
  readonly secret?: boolean;
}

export const settingFacts = z.registry<SettingFacts>();
