import { buildBpf } from './build-bpf.mjs';
import { buildTypescript } from './build-typescript.mjs';
import { installPackages } from './install-packages.mjs';
import { installNodeModules } from './node-modules.mjs';
import { StepFailure } from './step-failure.mjs';

/**
 * Brings a machine that has only Node and npm to where the purposes can be served, and builds.
 * Says one line for each thing it installs, and nothing when there is nothing to do.
 * @param {readonly import('./system-packages.mjs').Purpose[]} purposes
 */
export async function setUp(purposes) {
  requireNode();
  await installPackages(['build', ...purposes]);
  await installNodeModules();
  await Promise.all([buildTypescript(), buildBpf()]);
}

function requireNode() {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  if (major < 20 || (major === 20 && minor < 19)) {
    throw new StepFailure(`this is Node ${process.versions.node}; tlstap needs Node 20.19 or newer`);
  }
}
