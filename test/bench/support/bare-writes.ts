/*
 * What the API server takes at most: the two writes that a status object needs, its creation and its status, by a client
 * that does nothing else, in a namespace that reaches the API server as a speaker does.
 */
import type { KubeCluster } from '#lab/index.ts'

/** At one time; a speaker's status writer has as many. */
const atOnce = 6

/** Milliseconds for the status objects of `count` Services; they are those of a node that nobody looks after. */
export async function bareWrites(cluster: KubeCluster, count: number): Promise<number> {
  const { url, directory } = cluster.controlPlane
  const kubeconfig = cluster.controlPlane.kubeconfig()
  const uid = await cluster.controlPlane.kubectl(['get', 'node', 'node1', '-o', 'jsonpath={.metadata.uid}'])
  const told = JSON.stringify({ url, ca: `${directory}/certs/apiserver.crt`, kubeconfig, uid, count, atOnce })
  const source = `(${client.toString()})(${told})`
  const stdout = await cluster.node('node1').run([process.execPath, '-e', source], { timeout: 600_000 })
  return Number(stdout)
}

interface Told {
  readonly url: string
  readonly ca: string
  readonly kubeconfig: string
  readonly uid: string
  readonly count: number
  readonly atOnce: number
}

/** Runs in the other process, as text: it may use nothing from outside itself. */
async function client({ url, ca, kubeconfig, uid, count, atOnce }: Told): Promise<void> {
  const { Agent, request } = process.getBuiltinModule('node:https')
  const { readFileSync } = process.getBuiltinModule('node:fs')
  const config = JSON.parse(readFileSync(kubeconfig, 'utf8')) as {
    readonly users: readonly [{ readonly user: { readonly token: string } }]
  }
  const authorization = `Bearer ${config.users[0].user.token}`
  const agent = new Agent({ keepAlive: true, maxSockets: atOnce, ca: readFileSync(ca) })
  const send = (method: string, path: string, object: object): Promise<string> => {
    const body = JSON.stringify(object)
    const headers = {
      authorization,
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(body),
    }
    return new Promise((resolve, reject) => {
      const sent = request(new URL(path, url), { agent, method, headers }, (response) => {
        let text = ''
        response.setEncoding('utf8').on('data', (part: string) => (text += part))
        response.on('end', () => {
          if ((response.statusCode ?? 0) < 300) resolve(text)
          else reject(new Error(`${method} ${path}: ${response.statusCode} ${text}`))
        })
      })
      sent.on('error', reject).end(body)
    })
  }
  const all = '/apis/metallb.io/v1beta1/namespaces/metallb-system/servicel2statuses'
  const kind = { apiVersion: 'metallb.io/v1beta1', kind: 'ServiceL2Status' }
  const write = async (index: number): Promise<void> => {
    const [name, serviceName] = [`bare-${index}`, `web-${index}`]
    const labels = {
      'metallb.io/node': 'bare',
      'metallb.io/service-name': serviceName,
      'metallb.io/service-namespace': 'default',
    }
    const ownerReferences = [{ apiVersion: 'v1', kind: 'Node', name: 'node1', uid }]
    const metadata = { name, namespace: 'metallb-system', labels, ownerReferences }
    const made = JSON.parse(await send('POST', all, { ...kind, metadata })) as object
    const status = { node: 'bare', serviceName, serviceNamespace: 'default', interfaces: [] }
    await send('PUT', `${all}/${name}/status`, { ...made, status })
  }
  let next = 0
  const worker = async (): Promise<void> => {
    while (next < count) await write(next++)
  }
  const began = performance.now()
  await Promise.all(Array.from({ length: atOnce }, worker))
  console.log(performance.now() - began)
  agent.destroy()
}
