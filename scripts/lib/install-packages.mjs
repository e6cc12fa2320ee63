import { findCommand } from './find-command.mjs';
import { runCommand } from './run-command.mjs';
import { StepFailure } from './step-failure.mjs';
import { missingPackages } from './system-packages.mjs';

/**
 * Installs with apt-get what is missing; says nothing and starts nothing when all is there.
 * @param {readonly import('./system-packages.mjs').Purpose[]} purposes
 */
export async function installPackages(purposes) {
  const missing = missingPackages(purposes);
  if (missing.length === 0) return;
  const asRoot = await rootPrefix(missing);
  process.stderr.write(`installing with apt-get: ${missing.join(' ')}\n`);
  // A source that cannot be reached is no failure yet: what is needed may come from another.
  const update = await aptGet(asRoot, ['update', '-qq']);
  const install = await aptGet(asRoot, ['install', '-qq', '-y', '--no-install-recommends', ...missing]);
  if (install.code !== 0) {
    throw new StepFailure(`apt-get install failed (exit code ${install.code})`, {
      detail: [update, install].map(({ output }) => output.split('\n').slice(-10).join('\n')).join(''),
    });
  }

  const still = missingPackages(purposes);
  if (still.length > 0) {
    throw new StepFailure(`still missing after their installation: ${still.join(' ')}`, {
      remedy: 'the packages are there, but not what this project looks for in them; please report it',
    });
  }
}

/**
 * What to put before a command so that it runs as root.
 * @param {readonly string[]} missing
 * @returns {Promise<string[]>}
 */
async function rootPrefix(missing) {
  const remedy = `install them as root: apt-get install ${missing.join(' ')}`;
  if (findCommand('apt-get') === undefined) {
    throw new StepFailure(
      `this machine lacks ${missing.join(', ')}, and there is no apt-get to install them`,
      {
        remedy: 'install what these packages are called in your distribution, then try again',
      },
    );
  }
  if (process.getuid?.() === 0) return [];
  if (findCommand('sudo') === undefined) {
    throw new StepFailure(`this machine lacks ${missing.join(', ')}; you are not root and there is no sudo`, {
      remedy,
    });
  }
  // On a terminal sudo may ask for a password: it does so on /dev/tty. Elsewhere it must not wait for one.
  const withoutPassword = (await runCommand('sudo', ['-n', 'true'])).code === 0;
  if (!withoutPassword && !process.stdin.isTTY) {
    throw new StepFailure(
      `this machine lacks ${missing.join(', ')}; sudo wants a password and there is no terminal`,
      {
        remedy,
      },
    );
  }
  return ['sudo'];
}

/**
 * @param {readonly string[]} asRoot
 * @param {readonly string[]} args
 */
function aptGet(asRoot, args) {
  // Through env, since sudo drops the environment. Another apt at work (a fresh cloud machine updates itself) is waited for.
  const settings = ['DEBIAN_FRONTEND=noninteractive', 'apt-get', '-o', 'DPkg::Lock::Timeout=120'];
  const [command = 'env', ...rest] = [...asRoot, 'env', ...settings, ...args];
  return runCommand(command, rest);
}
