/**
 * @typedef {{ uid?: number, gid?: number }} Account options of `spawn`
 *
 * Whose processes the demo starts besides tlstap: those of the user behind sudo, where there is one.
 * @returns {Account}
 */
export function invokingAccount() {
  const uid = Number(process.env['SUDO_UID']);
  const gid = Number(process.env['SUDO_GID']);
  const isBehindSudo = process.getuid?.() === 0 && uid > 0 && Number.isInteger(gid);
  return isBehindSudo ? { uid, gid } : {};
}
