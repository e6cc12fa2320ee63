import { resolve } from 'node:path';
import { updateElement } from '../bpf/map-access.ts';
import { SystemError } from '../bpf/system-error.ts';
import type { ProbedFile } from '../event/decode-record.ts';
import { limit } from '../event/kernel-layout.ts';
import type { ProbePlan, SiteRole } from '../plan/probe-plan.ts';
import { encodeIndex, encodeProfile, encodeSite } from './encode-rows.ts';
import type { KernelPrograms, KernelSite } from './kernel-programs.ts';

export interface CaptureTarget {
  readonly plan: ProbePlan;
  /** What the kernel is given to open: the descriptor that was planned, so that bytes checked are bytes probed. */
  readonly attachPath: string;
}

interface OptionalSites {
  readonly attachPath: string;
  readonly rows: readonly KernelSite[];
}

/** The files whose sites are attached, numbered as records of the kernel number them: an index is never used again. */
export class ProbedFiles {
  readonly #programs: KernelPrograms;
  readonly #profilesMap: string;
  readonly #files: ProbedFile[] = [];
  readonly #optional = new Map<number, OptionalSites>();
  readonly #attached: Disposable[] = [];
  #siteCount = 0;

  constructor(programs: KernelPrograms, profilesMap: string) {
    this.#programs = programs;
    this.#profilesMap = profilesMap;
  }

  /** By index. */
  get files(): readonly ProbedFile[] {
    return this.#files;
  }

  /** Whether the kernel's tables have room for this plan. */
  hasRoomFor(plan: ProbePlan): boolean {
    return this.#files.length < limit.maxProfiles && this.#siteCount + plan.sites.length <= limit.maxSites;
  }

  /**
   * Attaches the plan's sites, those of sockets excepted; rows are written first, so that the first hit finds its own.
   * Gives the file's index.
   */
  attach(target: CaptureTarget): number {
    const { attachPath, plan } = target;
    const index = this.#files.length;
    if (!this.hasRoomFor(plan))
      throw new Error(`more than ${limit.maxProfiles} files or ${limit.maxSites} probe sites`);
    this.#files.push({ family: plan.family, path: resolve(plan.path) });
    updateElement(this.#programs.mapFd(this.#profilesMap), encodeIndex(index), encodeProfile(plan));
    const rows = plan.sites.map((site) => {
      const cookie = this.#siteCount++;
      updateElement(this.#programs.mapFd('sites'), encodeIndex(cookie), encodeSite(site, index));
      return { role: site.role, fileOffset: site.fileOffset, cookie, kind: site.kind };
    });
    this.#optional.set(index, { attachPath, rows: rows.filter(isOptional) });
    this.#attached[index] = this.#programs.attach(
      attachPath,
      rows.filter((row) => !isOptional(row)),
    );
    return index;
  }

  /** Undefined where there are none, or the kernel does not take them: then connections stay without addresses. */
  attachOptional(index: number): Disposable | undefined {
    const sites = this.#optional.get(index);
    // The plain program does nothing there (bpf/go-search.bpf.h).
    if (!sites || sites.rows.length === 0 || !this.#programs.isSleepable) return undefined;
    try {
      return this.#programs.attach(sites.attachPath, sites.rows);
    } catch (error) {
      if (error instanceof SystemError) return undefined;
      throw error;
    }
  }

  detach(index: number): void {
    this.#attached[index]?.[Symbol.dispose]();
    this.#optional.delete(index);
  }
}

function isOptional({ role }: { readonly role: SiteRole }): boolean {
  return role === 'socket';
}
