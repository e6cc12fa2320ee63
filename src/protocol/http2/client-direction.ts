import type { Direction } from '../../event/event.ts';
import type { Connection } from '../../stream/stream-event.ts';
import type { Side } from '../exchange-record.ts';

/**
 * Which direction the requests go in. Usually the client of TLS is the client of HTTP/2, but not always (tunnels dial
 * out and then serve), so what the bytes say counts for more than the role.
 */
export class ClientDirection {
  readonly #connection: Connection;
  #learned: Direction | null = null;
  /** What was answered before anything was learned. */
  #guessed: Direction | null = null;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  sideOf(direction: Direction): Side {
    if (this.#learned !== null) return direction === this.#learned ? 'request' : 'response';
    // Where nothing is known: most of the bytes that one sees first are a server's.
    this.#guessed ??= guessByRole(this.#connection) ?? guessByPort(this.#connection) ?? opposite(direction);
    return direction === this.#guessed ? 'request' : 'response';
  }

  /** The connection preface came in `direction`. False when what was said before was wrong. */
  prove(direction: Direction): boolean {
    const isConsistent = this.#isConsistent(direction);
    this.#learned = direction;
    return isConsistent;
  }

  /** A head that is a request's or a response's came in `direction`. False when what was said before was wrong. */
  learn(direction: Direction, side: Side): boolean {
    if (this.#learned !== null) return true;
    const client = side === 'request' ? direction : opposite(direction);
    const isConsistent = this.#isConsistent(client);
    this.#learned = client;
    return isConsistent;
  }

  #isConsistent(client: Direction): boolean {
    return (this.#learned ?? this.#guessed ?? client) === client;
  }
}

function guessByRole(connection: Connection): Direction | null {
  if (connection.role === null) return null;
  return connection.role === 'client' ? 'write' : 'read';
}

/** Only the port of a client is usually ephemeral: 32768 and up on Linux, 49152 and up elsewhere. */
function guessByPort({ local, remote }: Connection): Direction | null {
  if (local === null || remote === null || 'path' in local || 'path' in remote) return null;
  if (local.port >= 32_768 === remote.port >= 32_768) return null;
  return local.port >= 32_768 ? 'write' : 'read';
}

function opposite(direction: Direction): Direction {
  return direction === 'read' ? 'write' : 'read';
}
