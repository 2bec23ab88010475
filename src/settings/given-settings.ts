import type { SettingLeaf } from './setting-leaves.ts';

/** A value as someone wrote it, not yet checked, and where: "bus.urls" in the file, or a variable's name. */
export interface GivenSetting {
  readonly leaf: SettingLeaf;
  readonly value: unknown;
  readonly where: string;
}

/** What one source, the file or the environment, gives, and what in it belongs to no setting. */
export interface GivenSettings {
  readonly settings: readonly GivenSetting[];
  readonly problems: readonly string[];
}
