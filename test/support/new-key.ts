/** Words of openssl-req(1) that make a key for a certificate. To find the primes of an RSA key takes seconds on a busy machine. */
export const NEW_KEY: readonly string[] = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];
