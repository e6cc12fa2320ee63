import { copyFileSync, cpSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { findCommand } from './find-command.mjs';
import { runCommand } from './run-command.mjs';

/**
 * Gives a fresh root this machine's way to the outside, and nothing else of it: name resolution, proxies, trusted
 * certificates, and the registries of npm, apt and Go.
 * @param {string} root
 * @returns {Promise<Record<string, string>>} environment for what runs in there
 */
export async function copyNetworkSettings(root) {
  for (const path of ['/etc/resolv.conf', '/etc/hosts']) copy(path, join(root, path));
  copy(join(homedir(), '.npmrc'), join(root, 'root/.npmrc'));
  if (existsSync(ownCertificates)) cpSync(ownCertificates, join(root, ownCertificates), { recursive: true });
  await copyAptSettings(root);
  return { ...kept(root), ...(await goSettings()) };
}

/** What an administrator added to the trusted certificates; the package ca-certificates picks it up from here. */
const ownCertificates = '/usr/local/share/ca-certificates';

/**
 * Only how apt reaches its servers: hooks of this machine may call what a fresh root does not have.
 * @param {string} root
 */
async function copyAptSettings(root) {
  const { output } = await runCommand('apt-config', ['dump']);
  const lines = output.split('\n').filter((line) => /^Acquire::(?:https?|Retries|ForceIPv4)\b/i.test(line));
  writeFileSync(join(root, 'etc/apt/apt.conf.d/90network'), `${lines.join('\n')}\n`);
  if (existsSync('/etc/apt/auth.conf')) copy('/etc/apt/auth.conf', join(root, 'etc/apt/auth.conf'));
}

/**
 * A variable that names a file of certificates gets a copy outside of the places where packages keep theirs, so that
 * a package that is missing in the root does not seem to be there.
 * @param {string} root
 */
function kept(root) {
  /** @type {Record<string, string>} */
  const env = {};
  for (const [name, value = ''] of Object.entries(process.env)) {
    if (
      /^(?:https?|ftp|all|no)_proxy$|^npm_config_(?:registry|cafile|strict_ssl)$|^GO(?:PROXY|SUMDB)$/i.test(
        name,
      )
    ) {
      env[name] = value;
    } else if (/^(?:NODE_EXTRA_CA_CERTS|SSL_CERT_FILE|CURL_CA_BUNDLE)$/.test(name) && existsSync(value)) {
      copy(value, join(root, 'opt/certificates.pem'));
      env[name] = '/opt/certificates.pem';
    }
  }
  return env;
}

/** @returns {Promise<Record<string, string>>} */
async function goSettings() {
  const go = findCommand('go');
  if (go === undefined) return {};
  const { code, output } = await runCommand(go, ['env', 'GOPROXY', 'GOSUMDB'], { cwd: '/' });
  if (code !== 0) return {};
  const [proxy = '', checksums = ''] = output.split('\n');
  return { GOPROXY: proxy, GOSUMDB: checksums };
}

/**
 * @param {string} from
 * @param {string} to
 */
function copy(from, to) {
  if (!existsSync(from)) return;
  mkdirSync(dirname(to), { recursive: true });
  copyFileSync(from, to);
}
