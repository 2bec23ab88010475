/** What the API tells its observer. No event holds a token, a query or a body. */
export type ApiTrace =
  | {
      readonly kind: 'request_answered';
      readonly requestId: string;
      readonly method: string;
      /** The pattern of the path, such as /v2.0/ports/:id; null: there is no such path. */
      readonly route: string | null;
      readonly status: number;
      readonly milliseconds: number;
      /** Null: nobody was asked for, or the token was refused. */
      readonly projectId: string | null;
    }
  /** The answer was a 5xx; `error` says why, the client was not told. */
  | { readonly kind: 'request_failed'; readonly requestId: string; readonly error: unknown }
  | {
      readonly kind: 'token_refused';
      readonly requestId: string;
      /** Of the caller, or of the proxy in front. */
      readonly address: string;
      readonly reason: 'missing' | 'unknown';
    }
  /** What came was not HTTP, too long, or too slow: there was no request to speak of. */
  | { readonly kind: 'connection_refused'; readonly requestId: string; readonly reason: string };

export type Trace = (event: ApiTrace) => void;
