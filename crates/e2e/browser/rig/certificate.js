import { execFile } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Makes an authority that nobody knows and a certificate of it for loopback, in a folder. */
export async function issueCertificate(folder) {
  const file = (name) => join(folder, name);
  const [ca, caKey, cert, key, request, rules] = ['ca.pem', 'ca.key', 'cert.pem', 'key.pem', 'cert.csr', 'rules'].map(file);
  const openssl = (...args) => run('openssl', args);
  const fresh = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];
  await openssl('req', '-x509', ...fresh, '-keyout', caKey, '-out', ca, '-days', '1', '-subj', '/CN=Test authority');
  await openssl('req', ...fresh, '-keyout', key, '-out', request, '-subj', '/CN=localhost');
  await writeFile(rules, 'subjectAltName=IP:127.0.0.1,DNS:localhost\n');
  await openssl('x509', '-req', '-in', request, '-CA', ca, '-CAkey', caKey, '-CAcreateserial', '-out', cert, '-days', '1', '-extfile', rules);
  return { cert, key, ca: await readFile(ca, 'utf8') };
}
