/** The specification's names of errors by type, then code: OpenFlow 1.4 section 7.5.4. */
interface ErrorType {
  readonly prefix: string;
  readonly codes: readonly string[];
}

const words = (text: string) => text.split(' ');

const TYPES: readonly ErrorType[] = [
  { prefix: 'OFPHFC', codes: words('INCOMPATIBLE EPERM') },
  {
    prefix: 'OFPBRC',
    codes: words(
      'BAD_VERSION BAD_TYPE BAD_MULTIPART BAD_EXPERIMENTER BAD_EXP_TYPE EPERM BAD_LEN BUFFER_EMPTY BUFFER_UNKNOWN ' +
        'BAD_TABLE_ID IS_SLAVE BAD_PORT BAD_PACKET MULTIPART_BUFFER_OVERFLOW MULTIPART_REQUEST_TIMEOUT MULTIPART_REPLY_TIMEOUT',
    ),
  },
  {
    prefix: 'OFPBAC',
    codes: words(
      'BAD_TYPE BAD_LEN BAD_EXPERIMENTER BAD_EXP_TYPE BAD_OUT_PORT BAD_ARGUMENT EPERM TOO_MANY BAD_QUEUE BAD_OUT_GROUP ' +
        'MATCH_INCONSISTENT UNSUPPORTED_ORDER BAD_TAG BAD_SET_TYPE BAD_SET_LEN BAD_SET_ARGUMENT',
    ),
  },
  {
    prefix: 'OFPBIC',
    codes: words(
      'UNKNOWN_INST UNSUP_INST BAD_TABLE_ID UNSUP_METADATA UNSUP_METADATA_MASK BAD_EXPERIMENTER BAD_EXP_TYPE BAD_LEN EPERM DUP_INST',
    ),
  },
  {
    prefix: 'OFPBMC',
    codes: words(
      'BAD_TYPE BAD_LEN BAD_TAG BAD_DL_ADDR_MASK BAD_NW_ADDR_MASK BAD_WILDCARDS BAD_FIELD BAD_VALUE BAD_MASK BAD_PREREQ ' +
        'DUP_FIELD EPERM',
    ),
  },
  {
    prefix: 'OFPFMFC',
    codes: words(
      'UNKNOWN TABLE_FULL BAD_TABLE_ID OVERLAP EPERM BAD_TIMEOUT BAD_COMMAND BAD_FLAGS CANT_SYNC BAD_PRIORITY IS_SYNC',
    ),
  },
];

const BUNDLE_FAILED: ErrorType = {
  prefix: 'OFPBFC',
  codes: words(
    'UNKNOWN EPERM BAD_ID BUNDLE_EXIST BUNDLE_CLOSED OUT_OF_BUNDLES BAD_TYPE BAD_FLAGS MSG_BAD_LEN MSG_BAD_XID MSG_UNSUP ' +
      'MSG_CONFLICT MSG_TOO_MANY MSG_FAILED TIMEOUT BUNDLE_IN_PROGRESS',
  ),
};

const MONITOR_FAILED: ErrorType = {
  prefix: 'OFPMOFC',
  codes: words('UNKNOWN MONITOR_EXISTS INVALID_MONITOR UNKNOWN_MONITOR BAD_COMMAND BAD_FLAGS BAD_TABLE_ID BAD_OUT'),
};

const OTHER_TYPES: ReadonlyMap<number, ErrorType> = new Map([
  [16, MONITOR_FAILED],
  [17, BUNDLE_FAILED],
]);

/** `OFPFMFC_TABLE_FULL`, or numbers where there is no such name. */
export function errorName(type: number, code: number): string {
  const known = TYPES[type] ?? OTHER_TYPES.get(type);
  const name = known?.codes[code];
  return known && name ? `${known.prefix}_${name}` : `error of type ${type}, code ${code}`;
}
