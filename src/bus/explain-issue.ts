import type { z } from 'zod';

const SHOWN_LENGTH = 60;

/** A value in a few characters. Objects are only named: they may be huge or nested past any recursion limit. */
export function showValue(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object' && value !== null) return 'an object';
  const whole = typeof value === 'string' && value.length > SHOWN_LENGTH ? `${value.slice(0, SHOWN_LENGTH)}...` : value;
  return JSON.stringify(whole) ?? typeof value;
}

function valueAt(input: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (value, key) => (typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined),
    input,
  );
}

/** One sentence for one fault: `tap_service.taas_id: expected a whole number from 1 to 4094, got "7"`. */
export function explainIssue(input: unknown, issue: z.core.$ZodIssue | undefined): string {
  if (issue === undefined) return 'args: expected other values';
  const path = issue.path.map(String).join('.');
  return `${path}: ${issue.message}, got ${showValue(valueAt(input, issue.path))}`;
}
