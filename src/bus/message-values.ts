import { z } from 'zod';

/** What messages of both directions are made of. The messages of rules complete the sentence "<key>: expected ..., got ...". */
export const anObject = { error: 'expected an object' };
const aUuid = { error: 'expected a UUID' };

/** In lower case. */
export const uuid = z
  .string(aUuid)
  .regex(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i, aUuid)
  .transform((text) => text.toLowerCase());
