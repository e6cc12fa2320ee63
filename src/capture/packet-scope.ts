import type { NetworkNamespace } from '../bpf/network-namespace.ts';
import type { LinkType } from '../event/event.ts';
import { InterfaceWatch } from '../packet/interfaces/interface-watch.ts';
import { findLinkType, type NetworkLink } from '../packet/interfaces/network-link.ts';

export interface AttachableLink extends NetworkLink {
  readonly linkType: LinkType;
}

/** A network namespace, and which of its interfaces are wanted. */
export interface ScopeSettings {
  readonly namespace: NetworkNamespace;
  /** As it is told: empty for tlstap's own. */
  readonly label: string;
  /** Null: all, also those that appear later. */
  readonly names: ReadonlySet<string> | null;
}

interface Attached {
  readonly index: number;
  readonly key: string;
  readonly links: Disposable;
}

export interface ScopeHandler {
  /** Attaches; `known` is the number of an interface of that name and link type that was deleted, if there was one. */
  readonly attach: (
    scope: PacketScope,
    link: AttachableLink,
    known: number | undefined,
  ) => { id: number; links: Disposable } | undefined;
  /** A wanted interface cannot be captured; told once each. */
  readonly onUnusable: (scope: PacketScope, link: NetworkLink) => void;
}

/** Keeps the wanted interfaces of a namespace attached while they come and go. */
export class PacketScope implements Disposable {
  readonly namespace: NetworkNamespace;
  readonly label: string;
  readonly #names: Set<string> | null;
  readonly #watch: InterfaceWatch;
  readonly #handler: ScopeHandler;
  readonly #attached = new Map<number, Attached>();
  /** Numbers by name and link type, also of interfaces that are gone. */
  readonly #ids = new Map<string, number>();
  readonly #unusable = new Set<number>();

  constructor(settings: ScopeSettings, handler: ScopeHandler) {
    this.namespace = settings.namespace;
    this.label = settings.label;
    this.#names = settings.names === null ? null : new Set(settings.names);
    this.#handler = handler;
    this.#watch = new InterfaceWatch(settings.namespace);
  }

  /** Whatever there is, is captured. */
  get isOpen(): boolean {
    return this.#names === null;
  }

  get watch(): InterfaceWatch {
    return this.#watch;
  }

  /** One more interface is wanted; false when it was already. */
  want(name: string): boolean {
    if (this.#names === null || this.#names.has(name)) return false;
    this.#names.add(name);
    return true;
  }

  /** Attaches to what is there and wanted. */
  attachAll(): void {
    const links = this.#watch.readLinks();
    const present = new Set(links.map(({ index }) => index));
    for (const index of this.#attached.keys()) if (!present.has(index)) this.#drop(index);
    for (const link of links) if (this.#isNew(link)) this.#attach(link);
  }

  /** Follows what has changed since the last call. */
  followChanges(): void {
    const { any, deleted } = this.#watch.takeChanges();
    // One that was made again may have the number of its predecessor.
    for (const index of deleted) this.#drop(index);
    if (any) this.attachAll();
  }

  #isNew(link: NetworkLink): boolean {
    if (this.#attached.has(link.index) || this.#unusable.has(link.index)) return false;
    return this.#names === null || this.#names.has(link.name);
  }

  #attach(link: NetworkLink): void {
    const linkType = findLinkType(link.hardwareType);
    if (linkType === undefined) {
      this.#unusable.add(link.index);
      this.#handler.onUnusable(this, link);
      return;
    }
    const key = `${linkType} ${link.name}`;
    // Renamed meanwhile, and its old name given to another one: then both are there.
    const known = [...this.#attached.values()].some((one) => one.key === key)
      ? undefined
      : this.#ids.get(key);
    const made = this.#handler.attach(this, { ...link, linkType }, known);
    if (made === undefined) return;
    this.#ids.set(key, made.id);
    this.#attached.set(link.index, { index: link.index, key, links: made.links });
  }

  #drop(index: number): void {
    this.#attached.get(index)?.links[Symbol.dispose]();
    this.#attached.delete(index);
    this.#unusable.delete(index);
  }

  detach(): void {
    for (const index of this.#attached.keys()) this.#drop(index);
  }

  [Symbol.dispose](): void {
    this.detach();
    this.#watch[Symbol.dispose]();
    this.namespace[Symbol.dispose]();
  }
}
