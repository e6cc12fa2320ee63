import { createHash } from 'node:crypto';

/** Pairs per generation; two are kept: about 40 MiB at most. */
const defaultGenerationSize = 2 ** 18;
/** Peers choose what is hashed, so only a cryptographic digest, and enough of it, keeps two pairs apart. */
const digestBytes = 12;

/**
 * Remembers (label, client random) pairs in bounded memory: at least the last 262,144, at most twice as many. TLS 1.3
 * has four a connection.
 */
export class RecentPairs {
  readonly #generationSize: number;
  #young = new Set<string>();
  #old = new Set<string>();

  constructor(generationSize: number = defaultGenerationSize) {
    this.#generationSize = generationSize;
  }

  has(label: string, clientRandom: string): boolean {
    const digest = digestOf(label, clientRandom);
    return this.#young.has(digest) || this.#old.has(digest);
  }

  add(label: string, clientRandom: string): void {
    this.#young.add(digestOf(label, clientRandom));
    if (this.#young.size < this.#generationSize) return;
    this.#old = this.#young;
    this.#young = new Set();
  }
}

function digestOf(label: string, clientRandom: string): string {
  const digest = createHash('sha256').update(`${label} ${clientRandom}`).digest();
  return digest.toString('latin1', 0, digestBytes);
}
