import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { StepFailure } from './step-failure.mjs';

/**
 * Where this machine gets Debian packages from: the first source of its apt with a release of Debian proper.
 * `TLSTAP_DEBIAN_MIRROR` says it on a machine that is no Debian.
 * @returns {string} a URL
 */
export function debianMirror() {
  const chosen = process.env['TLSTAP_DEBIAN_MIRROR'];
  if (chosen !== undefined) return chosen;
  const mirror = /^ID=debian$/m.test(readIfThere('/etc/os-release'))
    ? aptSources().find(({ suites, components }) => suites.some(isRelease) && components.includes('main'))
        ?.uri
    : undefined;
  if (mirror !== undefined) return mirror;
  throw new StepFailure('the sources of apt on this machine name no Debian mirror', {
    remedy: 'give one: TLSTAP_DEBIAN_MIRROR=http://… npm run test:fresh',
  });
}

/** @typedef {{ uri: string, suites: string[], components: string[] }} AptSource */

/** @returns {AptSource[]} */
function aptSources() {
  const folder = '/etc/apt/sources.list.d';
  const names = existsSync(folder) ? readdirSync(folder).toSorted() : [];
  return [
    ...oneLineSources(readIfThere('/etc/apt/sources.list')),
    ...names
      .filter((name) => name.endsWith('.list'))
      .flatMap((name) => oneLineSources(readIfThere(join(folder, name)))),
    ...names
      .filter((name) => name.endsWith('.sources'))
      .flatMap((name) => deb822Sources(readIfThere(join(folder, name)))),
  ];
}

/**
 * `deb [options] URI suite component…`, see sources.list(5).
 * @param {string} text
 * @returns {AptSource[]}
 */
function oneLineSources(text) {
  return [...text.matchAll(/^\s*deb\s+(?:\[[^\]]*\]\s+)?(\S+)\s+(\S+)([^#\n]*)/gm)].map((match) => ({
    uri: match[1] ?? '',
    suites: [match[2] ?? ''],
    components: words(match[3]),
  }));
}

/**
 * Paragraphs of `Field: words`, see sources.list(5).
 * @param {string} text
 * @returns {AptSource[]}
 */
function deb822Sources(text) {
  const paragraphs = text.replaceAll(/^#.*\n/gm, '').split(/\n\s*\n/);
  return paragraphs.flatMap((paragraph) => {
    const field = (/** @type {string} */ name) =>
      words(new RegExp(`^${name}:(.*)$`, 'im').exec(paragraph)?.[1]);
    if (!field('Types').includes('deb') || field('Enabled').includes('no')) return [];
    return field('URIs').map((uri) => ({ uri, suites: field('Suites'), components: field('Components') }));
  });
}

/** @param {string} suite */
function isRelease(suite) {
  return /^(?:stable|testing|sid|unstable|bookworm|trixie|forky)$/.test(suite);
}

/** @param {string | undefined} text */
function words(text) {
  return (text ?? '').split(/\s+/).filter((word) => word !== '');
}

/** @param {string} path */
function readIfThere(path) {
  return existsSync(path) ? readFileSync(path, 'utf8') : '';
}
