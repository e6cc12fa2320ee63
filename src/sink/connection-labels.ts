import type { Direction, Endpoint } from '../event/event.ts';
import type { Connection } from '../stream/stream-event.ts';
import { escapeLine } from '../util/escape-text.ts';
import { type Utf8String, toUtf8String } from '../util/utf8-string.ts';
import { formatEndpoint } from './format-endpoint.ts';
import type { TextStyle } from './text-style.ts';

/** The part of a line that says who speaks to whom: made once per connection, since every line carries it. */
export class ConnectionLabels {
  readonly #style: TextStyle;
  readonly #labels = new Map<number, Label>();

  constructor(style: TextStyle) {
    this.#style = style;
  }

  /** ` caddy[812] ← 10.0.0.7:51876  #3  `; `both` is for what concerns the connection as a whole. */
  line(connection: Connection, direction: Direction | 'both'): Utf8String {
    return this.#find(connection)[direction];
  }

  /** ` caddy[812] #3  ` */
  short(connection: Connection): Utf8String {
    return this.#find(connection).short;
  }

  /** The connection has ended. A label that is asked for again is made again. */
  forget(connection: Connection): void {
    this.#labels.delete(connection.id);
  }

  #find(connection: Connection): Label {
    const known = this.#labels.get(connection.id);
    // Addresses and names may be learnt later.
    if (known !== undefined && known.remote === connection.remote && known.comm === connection.comm)
      return known;
    const label = createLabel(connection, this.#style);
    this.#labels.set(connection.id, label);
    return label;
  }
}

interface Label {
  readonly comm: string;
  readonly remote: Endpoint | null;
  readonly read: Utf8String;
  readonly write: Utf8String;
  readonly both: Utf8String;
  readonly short: Utf8String;
}

function createLabel(connection: Connection, style: TextStyle): Label {
  const { paint, unicode } = style;
  const { comm, remote } = connection;
  const process = paint.cyan(`${comm === '' ? '?' : escapeLine(comm, unicode)}[${connection.pid}]`);
  const peer = escapeLine(formatEndpoint(remote), unicode);
  const id = paint.bold(`#${connection.id}`);
  const line = (arrow: string): Utf8String => toUtf8String(` ${process} ${arrow} ${peer}  ${id}  `);
  return {
    comm,
    remote,
    read: line(paint.blue(style.read)),
    write: line(paint.magenta(style.write)),
    both: line(paint.dim(style.both)),
    short: toUtf8String(` ${process} ${id}  `),
  };
}
