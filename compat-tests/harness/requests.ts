// The requests of one client that have no answer yet, also those that the SDK makes by itself.
import { setImmediate } from 'node:timers/promises';
import type { StreamChat } from 'stream-chat';

export class Requests {
  private open = 0;
  private waiting: (() => void)[] = [];

  constructor(client: StreamChat) {
    const { request, response } = client.axiosInstance.interceptors;
    request.use((config) => {
      this.open += 1;
      return config;
    });
    response.use(
      (answer) => {
        this.ends();
        return answer;
      },
      (error: unknown) => {
        this.ends();
        return Promise.reject(error);
      },
    );
  }

  /** Resolves when all have ended, and those that followed from them, and the SDK has seen the answers. */
  async end() {
    do {
      if (this.open > 0) await new Promise<void>((wake) => this.waiting.push(wake));
      await setImmediate();
    } while (this.open > 0);
  }

  private ends() {
    this.open -= 1;
    if (this.open === 0) for (const wake of this.waiting.splice(0)) wake();
  }
}
