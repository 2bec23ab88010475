import { z } from 'zod';
import { type SettingFacts, settingFacts } from './setting-facts.ts';
import { unreadable } from './setting-values.ts';
import type { Rule } from './settings-rules.ts';

export const setting = <T extends z.ZodType>(schema: T, facts: SettingFacts): T => {
  settingFacts.add(schema, facts);
  return schema;
};

/** `own`: the message is a sentence's whole end; other issues are worded from the setting's facts. */
const own = (message: string, path: readonly string[] = []) => ({
  code: 'custom' as const,
  message,
  path: [...path],
  params: { own: true },
});

/** A rule runs also when a value of its section is wrong: all that is wrong is named at once. */
export const section = <T extends z.ZodRawShape>(shape: T, rule: Rule = () => undefined) =>
  z
    .strictObject(shape)
    .superRefine((values, context) => rule(values, (path, message) => context.addIssue(own(message, path))), {
      when: () => true,
    });

export const pemFile = (what: string) =>
  setting(
    z
      .string()
      .superRefine((path, context) => {
        const fault = unreadable(path);
        if (fault) context.addIssue(own(`must be ${what}, but ${path} ${fault}`));
      })
      .nullable()
      .default(null),
    { expected: `${what}, or null for none` },
  );

export interface WholeNumber {
  readonly least: number;
  readonly most?: number;
  readonly usual: number;
  readonly unit?: string;
}

/** A whole number within bounds, `usual` where nothing is said. */
export const wholeNumber = (what: string, { least, most, usual, ...unit }: WholeNumber) => {
  const bounds = most === undefined ? `, ${least} or more` : ` from ${least} to ${most}`;
  const schema = z
    .int()
    .min(least)
    .max(most ?? Number.MAX_SAFE_INTEGER);
  return setting(schema.default(usual), { expected: `${what}, a whole number${bounds}`, ...unit });
};

/** Text that is more than text once it is read: `parse` answers undefined for what is wrong, `format` writes it again. */
export const decodedText = <Value>(
  shape: z.ZodType<Value, Value>,
  parse: (text: string) => Value | undefined,
  format: (value: Value) => string,
) =>
  z.codec(z.string(), shape, {
    decode: (text, { issues }) => {
      const value = parse(text);
      if (value === undefined) issues.push({ code: 'custom', input: text });
      return value ?? z.NEVER;
    },
    encode: format,
  });
