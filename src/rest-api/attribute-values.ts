import { z } from 'zod';
import { parseVlanFilter } from '../tap/vlan-filter.ts';
import { pythonText } from './python-text.ts';

/**
 * The kinds of values that attributes have. A schema's message is the reason that a refusal gives, in the words of
 * neutron_lib/api/validators; what it answers is the value as it is stored.
 */
const because = (word: (value: string) => string) => ({
  error: ({ input }: { readonly input?: unknown }) => word(pythonText(input)),
  abort: true,
});

const notText = because((value) => `'${value}' is not a valid string`);

/** In characters, not in UTF-16 units: as Python and JSON Schema count. */
const isAtMost = (max: number) => (value: string) => value.length <= max || [...value].length <= max;

/** Half a surrogate pair cannot be stored, and a NUL ends a string for some who read it. */
const isStorable = (value: string) => value.isWellFormed() && !value.includes('\0');

export const text = (max: number) =>
  z
    .string(notText)
    .refine(isStorable, notText)
    .refine(
      isAtMost(max),
      because((value) => `'${value}' exceeds maximum length of ${max}`),
    )
    .meta({ maxLength: max });

/** neutron_lib's name_string: nothing but printable characters and horizontal spaces, these not at either end. */
const PRINTABLE = /^(?!\p{Zs})[^\p{C}\p{Zl}\p{Zp}]*(?<!\p{Zs})$/u;

export const printableText = (max: number) =>
  text(max)
    .refine((value) => PRINTABLE.test(value), notText)
    .meta({ maxLength: max });

export const projectId = text(255)
  .refine((value) => value !== '', notText)
  .meta({ minLength: 1, maxLength: 255 });

/** Any UUID, not only those that RFC 9562 defines: as Python's uuid takes them. */
export const uuid = z.guid(because((value) => `'${value}' is not a valid UUID`)).toLowerCase();

/** A port's or network's id, which whoever wired the host chose. */
export const foreignId = z.string().toLowerCase();

export const oneOf = <const Value extends string>(values: readonly [Value, ...Value[]]) =>
  z.enum(
    values,
    because((value) => `${value} is not in valid_values`),
  );

const notVlanFilter = because((value) => `'${value}' is not a valid input`);

/** Neutron checks the form only: a filter past 4095 or upside down is accepted there, and then matches nothing. */
export const vlanFilter = z
  .string(notVlanFilter)
  .refine((text) => parseVlanFilter(text) !== undefined, notVlanFilter)
  .refine(
    isAtMost(1024),
    because((value) => `'${value}' exceeds maximum length of 1024`),
  )
  .meta({ maxLength: 1024, pattern: '^([0-9]+(-[0-9]+)?)(,([0-9]+(-[0-9]+)?))*$' })
  .nullable();

/** Whether rows can be sorted by values of it. */
export const isScalar = (schema: z.ZodType | undefined): boolean => !(schema instanceof z.ZodArray);

export const anyText = z.string();
export const flag = z.boolean();
export const vlanId = z.int().nullable();
export const nothingYet = z.array(z.string()).max(0);
