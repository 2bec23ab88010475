import type { IncomingHttpHeaders } from 'node:http';
import type { Caller } from '../contract/caller.ts';

/** Who a request's headers say that its caller is. */
export type Identity = Omit<Caller, 'requestId'>;

/**
 * Null: nobody that is known. The headers' names are in lower case.
 * Rejects with an ApiError where the answer is neither.
 */
export type Authenticate = (headers: IncomingHttpHeaders) => Promise<Identity | null>;
