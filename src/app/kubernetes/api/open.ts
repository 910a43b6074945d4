/* From a choice of kubeconfig to a client; whoever needs a cluster begins here. */
import { systemClock, systemRandom } from '../../system.ts'
import { ApiClient, type RequestSeen } from './client.ts'
import { openKubeconfig, type KubeconfigChoice } from './kubeconfig.ts'
import { HttpTransport } from './transport.ts'

export interface Api {
  readonly client: ApiClient
  /** Of the kubeconfig's context, or of the Pod. */
  readonly namespace: string | undefined
  /** Tells of every request from now on; there is one listener. */
  onRequest(listener: (request: RequestSeen) => void): void
  close(): void
}

/** Rejects when the kubeconfig cannot be used; the server is not asked anything yet. */
export async function openApi(
  choice: KubeconfigChoice = {},
  seen?: (request: RequestSeen) => void,
): Promise<Api> {
  const source = await openKubeconfig(choice)
  const transport = new HttpTransport(source)
  let listener = seen
  const client = new ApiClient({
    transport,
    clock: systemClock,
    random: systemRandom,
    seen: (request) => listener?.(request),
  })
  return {
    client,
    namespace: source.namespace,
    onRequest: (told) => void (listener = told),
    close: () => transport.close(),
  }
}
