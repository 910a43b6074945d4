/* One GET over HTTPS, from a client that trusts these certificates alone; connections are not kept. */
import { request } from 'node:https'
import type { TLSSocket } from 'node:tls'

export interface Told {
  readonly status: number
  readonly body: string
  /** Common name of the certificate that the server showed. */
  readonly shown: string
}

export function ask(url: string, ca: string | Buffer, headers: Record<string, string> = {}): Promise<Told> {
  return new Promise((resolve, reject) => {
    const asked = request(url, { ca, headers, agent: false }, (response) => {
      const { CN: shown = '' } = (response.socket as TLSSocket).getPeerCertificate().subject
      let body = ''
      response.on('data', (chunk: Buffer) => (body += chunk.toString()))
      response.on('end', () => resolve({ status: response.statusCode ?? 0, body, shown: String(shown) }))
    })
    asked.on('error', reject)
    asked.end()
  })
}
