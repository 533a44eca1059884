import { within } from '../deadline.js';
import { asError } from '../stream-io.js';
import { UpnpGateway } from './upnp/gateway.js';
import { searchGateway } from './upnp/search.js';

/** Milliseconds for each thing a gateway is asked. */
const ASK_MS = 5_000;

/** Seconds that a mapping lasts should this process be killed; renewed at half of it while it runs. */
const LEASE_S = 3_600;

/** A port of the local network's gateway that leads to one of this machine's. */
export interface MappedPort {
  /** This machine's address there. */
  internalHost: string;
  internalPort: number;
  externalHost: string;
  externalPort: number;
}

export interface MappingResult {
  /** The gateway that was asked, `undefined` where none answered. */
  gateway?: string;
  /** The gateway's own address; a private one means that there is another NAT behind it. */
  externalHost?: string;
  mapped: MappedPort[];
  /** Why a port is not mapped. */
  failures: string[];
}

/** Finds the local network's gateway, if it has one. */
export type FindGateway = (signal: AbortSignal) => Promise<UpnpGateway | undefined>;

async function onThisNetwork(signal: AbortSignal): Promise<UpnpGateway | undefined> {
  const location = await searchGateway(signal);
  return location === undefined ? undefined : within(ASK_MS, signal, "the router's description", (inner) => UpnpGateway.open(location, inner));
}

/**
 * Asks the local network's gateway, by UPnP, to pass TCP ports on to this machine. Whether anybody gets through is another
 * question, answered by dialing back.
 */
export class PortMapping {
  private gateway: UpnpGateway | undefined;
  private mapped: MappedPort[] = [];
  private timer: NodeJS.Timeout | undefined;
  private readonly stopping = new AbortController();

  constructor(private readonly find: FindGateway = onThisNetwork) {}

  /**
   * Never throws; a network without such a gateway is a usual one.
   *
   * @param ports TCP ports this node listens on.
   */
  async map(ports: readonly number[], signal: AbortSignal): Promise<MappingResult> {
    const failures: string[] = [];
    let externalHost: string | undefined;
    try {
      const gateway = (this.gateway = await this.find(signal));
      if (gateway === undefined) return { mapped: [], failures };
      externalHost = await within(ASK_MS, signal, "the router's own address", (inner) => gateway.externalAddress(inner));
      for (const port of ports) {
        const externalPort = await within(ASK_MS, signal, 'mapping a port', (inner) => gateway.map(port, port, LEASE_S, inner));
        this.mapped.push({ internalHost: gateway.local, internalPort: port, externalHost, externalPort });
      }
    } catch (error) {
      failures.push(asError(error).message);
    }
    if (this.mapped.length > 0 && !this.stopping.signal.aborted) this.timer = setInterval(() => void this.renew(), (LEASE_S / 2) * 1000).unref();
    return { ...(this.gateway && { gateway: this.gateway.host }), ...(externalHost && { externalHost }), mapped: this.mapped, failures };
  }

  /** Takes the mappings back. Never throws: what is not taken back ends with its lease, where the gateway knows leases. */
  async stop(): Promise<void> {
    clearInterval(this.timer);
    this.stopping.abort(new Error('the node stops'));
    const { gateway, mapped } = this;
    this.mapped = [];
    for (const { externalPort } of gateway === undefined ? [] : mapped) {
      await within(ASK_MS, undefined, 'taking a port mapping back', (signal) => gateway!.unmap(externalPort, signal)).catch(() => {});
    }
  }

  /** A gateway that was off or restarted may have forgotten; one that is gone for good costs a request every half hour. */
  private async renew(): Promise<void> {
    for (const { internalPort, externalPort } of this.mapped) {
      await within(ASK_MS, this.stopping.signal, 'renewing a port mapping', (signal) => this.gateway!.map(internalPort, externalPort, LEASE_S, signal)).catch(() => {});
    }
  }
}
