import type { ConnectionKey } from '../event/event.ts';

export interface SocketSearchSettings {
  /** Attaches the sites that network output of a file passes; undefined when it cannot. */
  readonly attach: (profile: number) => Disposable | undefined;
  /** Tells the kernel side whether somebody looks. */
  readonly enable: (on: boolean) => void;
}

/** After the last unknown connection was resolved or ended, the sites stay for the next one that comes soon. */
const lingerNs = 10e9;
/** A connection that did not show its socket by then is given up, until another one comes. */
const patienceNs = 60e9;
const mostConnections = 4096;

/**
 * The search for sockets of connections whose `net.Conn` is of an unknown type. Its sites cost something at every
 * write to a socket of the process, so they are attached when the first such connection is announced, and detached when
 * nothing is left to look for.
 */
export class SocketSearch {
  readonly #settings: SocketSearchSettings;
  readonly #attached = new Map<number, Disposable | undefined>();
  readonly #unknown = new Set<string>();
  #lastUnknownNs = 0;
  #lastNeededNs = 0;

  constructor(settings: SocketSearchSettings) {
    this.#settings = settings;
  }

  get isAttached(): boolean {
    return this.#attached.size > 0;
  }

  /** A connection was announced without its socket. */
  lookFor(connection: ConnectionKey, profile: number, timeNs: number): void {
    this.#lastUnknownNs = timeNs;
    this.#lastNeededNs = timeNs;
    if (this.#unknown.size < mostConnections) this.#unknown.add(nameOf(connection));
    if (this.#attached.has(profile)) return;
    const sites = this.#settings.attach(profile);
    this.#attached.set(profile, sites);
    if (sites) this.#settings.enable(true);
  }

  /** It was found, or the connection has ended. */
  forget(connection: ConnectionKey): void {
    if (this.#unknown.size > 0) this.#unknown.delete(nameOf(connection));
  }

  forgetProcess(pid: number): void {
    for (const name of this.#unknown) if (name.startsWith(`${pid} `)) this.#unknown.delete(name);
  }

  /** Lets go of the sites when nothing is left to look for. */
  tick(timeNs: number): void {
    if (!this.isAttached) return;
    if (this.#unknown.size > 0) this.#lastNeededNs = timeNs;
    if (timeNs - this.#lastNeededNs < lingerNs && timeNs - this.#lastUnknownNs < patienceNs) return;
    this.#settings.enable(false);
    for (const sites of this.#attached.values()) sites?.[Symbol.dispose]();
    this.#attached.clear();
    this.#unknown.clear();
  }
}

function nameOf({ pid, pointer, generation }: ConnectionKey): string {
  return `${pid} ${pointer} ${generation}`;
}
