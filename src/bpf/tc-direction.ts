/** Seen from the host: what arrives at an interface is `in`. */
export type TcDirection = 'in' | 'out';
