/**
 * One RPC message of oslo.messaging, in or out of its envelope. The envelope 2.0 is `{"oslo.version":"2.0",
 * "oslo.message":"<JSON text>"}`; "1.0" names the message with no envelope around it (oslo.messaging,
 * `_drivers/common.py`, serialize_msg and deserialize_msg).
 */
export interface OsloMessage {
  readonly method: string;
  readonly args: Readonly<Record<string, unknown>>;
  readonly version: string | undefined;
  readonly namespace: string | undefined;
  /** `_unique_id`: the same when a message comes twice. */
  readonly uniqueId: string | undefined;
  /** `_context_request_id`: the API request that caused the message. */
  readonly requestId: string | undefined;
  /** Where a call waits for its answer (`_msg_id`, `_reply_q`); undefined for a cast. */
  readonly call: OsloCall | undefined;
}

export interface OsloCall {
  readonly msgId: string;
  /** The queue of the caller; oslo releases without `_reply_q` name it by the message id. */
  readonly replyQueue: string;
}

export type OsloDecoded =
  | { readonly kind: 'ok'; readonly message: OsloMessage }
  | { readonly kind: 'rejected'; readonly reason: string };

type Json = { readonly kind: 'ok'; readonly value: unknown } | { readonly kind: 'rejected'; readonly reason: string };
type Keys = Readonly<Record<string, unknown>>;

/** AMQP names and ids are short strings; anything longer is not one, and is not kept in memory. */
const MAX_ID_LENGTH = 255;

function rejected(reason: string): { readonly kind: 'rejected'; readonly reason: string } {
  return { kind: 'rejected', reason };
}

function isObject(value: unknown): value is Keys {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function identifier(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' && value.length <= MAX_ID_LENGTH ? value : undefined;
}

function parseJson(text: string, what: string): Json {
  try {
    return { kind: 'ok', value: JSON.parse(text) };
  } catch {
    return rejected(`${what}: expected JSON, got ${text === '' ? 'nothing' : 'text that is not JSON'}`);
  }
}

/** Takes the envelope off, if there is one: oslo accepts a later minor version of the one it knows. */
function unwrap(body: Keys): Json {
  if (!('oslo.version' in body) && !('oslo.message' in body)) return { kind: 'ok', value: body };
  const version = body['oslo.version'];
  if (typeof version !== 'string' || !/^2\.\d{1,9}$/.test(version)) {
    return rejected('oslo.version: expected "2.0", got another envelope');
  }
  const message = body['oslo.message'];
  if (typeof message !== 'string') return rejected('oslo.message: expected a string of JSON');
  return parseJson(message, 'oslo.message');
}

function callOf(message: Keys): OsloCall | undefined {
  const msgId = identifier(message['_msg_id']);
  return msgId === undefined ? undefined : { msgId, replyQueue: identifier(message['_reply_q']) ?? msgId };
}

function messageOf(value: unknown): OsloDecoded {
  if (!isObject(value)) return rejected('message: expected a JSON object');
  const method = identifier(value['method']);
  if (method === undefined) return rejected('method: expected the name of an RPC method');
  const args = value['args'] ?? {};
  if (!isObject(args)) return rejected('args: expected a JSON object');
  return {
    kind: 'ok',
    message: {
      method,
      args,
      version: identifier(value['version']),
      namespace: identifier(value['namespace']),
      uniqueId: identifier(value['_unique_id']),
      requestId: identifier(value['_context_request_id']),
      call: callOf(value),
    },
  };
}

/** Decodes the text of a message body. Never throws; a reason is one sentence that starts with the key at fault. */
export function decodeOslo(text: string): OsloDecoded {
  const body = parseJson(text, 'body');
  if (body.kind === 'rejected') return body;
  if (!isObject(body.value)) return rejected('body: expected a JSON object');
  const message = unwrap(body.value);
  return message.kind === 'rejected' ? message : messageOf(message.value);
}

/** What makes one sent message different from the next. */
export interface OsloStamp {
  readonly uniqueId: string;
  readonly requestId: string;
  /** UTC, `YYYY-MM-DD hh:mm:ss.ffffff`. */
  readonly timestamp: string;
}

function wrap(message: Keys): string {
  return JSON.stringify({ 'oslo.version': '2.0', 'oslo.message': JSON.stringify(message) });
}

/**
 * The security context that Neutron's own agents send: an administrator who belongs to no project. All of its keys go
 * out, as releases of oslo.context differ in which they require.
 */
function agentContext(stamp: OsloStamp): Keys {
  return {
    _context_user: null,
    _context_project_id: null,
    _context_system_scope: null,
    _context_project: null,
    _context_domain: null,
    _context_user_domain: null,
    _context_project_domain: null,
    _context_is_admin: true,
    _context_read_only: false,
    _context_show_deleted: false,
    _context_auth_token: null,
    _context_request_id: stamp.requestId,
    _context_global_request_id: null,
    _context_resource_uuid: null,
    _context_roles: [],
    _context_user_identity: '- - - - -',
    _context_is_admin_project: true,
    _context_user_id: null,
    _context_tenant_id: null,
    _context_timestamp: stamp.timestamp,
    _context_tenant_name: null,
    _context_project_name: null,
    _context_user_name: null,
  };
}

/** The body of a cast, in envelope 2.0. */
export function encodeCast(method: string, args: Keys, stamp: OsloStamp): string {
  return wrap({ method, args, version: '1.0', _unique_id: stamp.uniqueId, ...agentContext(stamp) });
}

/**
 * The body of the answer to a call: result null, or a failure that the caller raises as RemoteError. `ending` says that
 * no further answer follows (oslo.messaging, `_drivers/amqpdriver.py`, _send_reply).
 */
export function encodeReply(call: OsloCall, failure: string | null, uniqueId: string): string {
  const remote =
    failure === null
      ? null
      : JSON.stringify({ class: 'ValueError', module: 'taas_agent', message: failure, tb: [], args: [], kwargs: {} });
  return wrap({ result: null, failure: remote, ending: true, _msg_id: call.msgId, _unique_id: uniqueId });
}
