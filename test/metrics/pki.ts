/* Certificates for tests, by openssl. */
import { execFileSync } from 'node:child_process'
import { join } from 'node:path'

/** `NAME.crt` and `NAME.key` in the folder, for localhost and 127.0.0.1; signed by itself. */
export function selfSigned(folder: string, name: string): { readonly cert: string; readonly key: string } {
  const [cert, key] = [join(folder, `${name}.crt`), join(folder, `${name}.key`)]
  const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes']
  const names = ['-subj', `/CN=${name}`, '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1']
  const out = ['-keyout', key, '-out', cert, '-days', '2']
  execFileSync('openssl', ['req', '-x509', ...curve, ...names, ...out], { stdio: 'pipe' })
  return { cert, key }
}
