/** A line of a key log: label, client random and secret as lower-case hex. */
export interface KeyLogLine {
  readonly label: string;
  readonly clientRandom: string;
  readonly secret: string;
}

/**
 * The format that NSS began (`SSLKEYLOGFILE`; draft-ietf-tls-keylogfile, section 2). Undefined for comments and for
 * everything else that is no secret of a client random.
 */
export function parseKeyLogLine(line: string): KeyLogLine | undefined {
  const [, label, clientRandom, secret] =
    /^([A-Z0-9_]{1,64}) ([\da-f]{64}) ((?:[\da-f]{2}){1,64})\r?$/i.exec(line) ?? [];
  if (label === undefined || clientRandom === undefined || secret === undefined) return undefined;
  return { label, clientRandom: clientRandom.toLowerCase(), secret: secret.toLowerCase() };
}
