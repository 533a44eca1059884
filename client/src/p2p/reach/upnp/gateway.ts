import { once } from 'node:events';
import { connect, isIPv4 } from 'node:net';
import { PsycheError } from '../../../errors.js';

/** Bytes of a description or an answer; real ones take a tenth. */
const MAX_ANSWER_BYTES = 128 * 1024;

/** Services of a description that are looked at. */
const MAX_SERVICES = 64;

/** Services that map ports, the best first. */
const SERVICES = ['urn:schemas-upnp-org:service:WANIPConnection:2', 'urn:schemas-upnp-org:service:WANIPConnection:1', 'urn:schemas-upnp-org:service:WANPPPConnection:1'];

/** Codes of UPnP InternetGatewayDevice, section 2.4.16: the port is another machine's; leases that end are not known. */
const TAKEN = 718;
const ONLY_PERMANENT = 725;

/** External ports tried when one is taken. */
const PORTS_TRIED = 8;

export class GatewayError extends PsycheError {
  /** @param upnpCode what the gateway gave as a reason, where it gave one. */
  constructor(
    message: string,
    readonly upnpCode?: number,
  ) {
    super('GATEWAY', message);
  }
}

/** A router that maps ports by UPnP, of version 1 or 2. Its answers are not trusted with more than their length and numbers. */
export class UpnpGateway {
  private constructor(
    /** Its address on the local network. */
    readonly host: string,
    /** This machine's address as the gateway would pass connections on to it. */
    readonly local: string,
    private readonly control: URL,
    private readonly service: string,
  ) {}

  /** @param location of its description. @throws GatewayError; the signal's reason. */
  static async open(location: URL, signal: AbortSignal): Promise<UpnpGateway> {
    const description = await ask(location, { signal });
    const bodies = description.split('<service>').slice(1, 1 + MAX_SERVICES).map((rest) => rest.split('</service>', 1)[0]);
    const services = bodies.map((body) => ({ type: tag(body, 'serviceType'), control: tag(body, 'controlURL') }));
    for (const wanted of SERVICES) {
      const path = services.find(({ type }) => type === wanted)?.control;
      if (path === undefined) continue;
      const control = new URL(path, location);
      if (control.protocol !== 'http:' || control.hostname !== location.hostname) throw new GatewayError('its description leads to another machine');
      return new UpnpGateway(location.hostname, await localAddressTo(location, signal), control, wanted);
    }
    throw new GatewayError('it is no router that maps ports');
  }

  /** Its address on the other side. @throws GatewayError */
  async externalAddress(signal: AbortSignal): Promise<string> {
    const address = tag(await this.call('GetExternalIPAddress', {}, signal), 'NewExternalIPAddress');
    if (address === undefined || !isIPv4(address) || address === '0.0.0.0') throw new GatewayError('it has no address on the internet');
    return address;
  }

  /**
   * Passes a TCP port on to this machine, or renews that.
   *
   * @param external asked for first; another one if that is taken.
   * @param lease seconds. Routers that know no end of a mapping keep it until it is taken back.
   * @returns the external port. @throws GatewayError
   */
  async map(internal: number, external: number, lease: number, signal: AbortSignal): Promise<number> {
    for (let attempt = 0; ; attempt++) {
      const port = attempt === 0 ? external : 1024 + ((external * 31 + attempt * 7919) % 64_000);
      try {
        await this.add(internal, port, lease, signal);
        return port;
      } catch (error) {
        if (!(error instanceof GatewayError) || error.upnpCode !== TAKEN || attempt + 1 >= PORTS_TRIED) throw error;
      }
    }
  }

  /** @throws GatewayError */
  async unmap(external: number, signal: AbortSignal): Promise<void> {
    await this.call('DeletePortMapping', { NewRemoteHost: '', NewExternalPort: external, NewProtocol: 'TCP' }, signal);
  }

  private async add(internal: number, external: number, lease: number, signal: AbortSignal): Promise<void> {
    const mapping = {
      NewRemoteHost: '',
      NewExternalPort: external,
      NewProtocol: 'TCP',
      NewInternalPort: internal,
      NewInternalClient: this.local,
      NewEnabled: 1,
      NewPortMappingDescription: 'psyche-client',
    };
    try {
      await this.call('AddPortMapping', { ...mapping, NewLeaseDuration: lease }, signal);
    } catch (error) {
      if (!(error instanceof GatewayError) || error.upnpCode !== ONLY_PERMANENT) throw error;
      await this.call('AddPortMapping', { ...mapping, NewLeaseDuration: 0 }, signal);
    }
  }

  private call(action: string, values: Record<string, string | number>, signal: AbortSignal): Promise<string> {
    const fields = Object.entries(values).map(([name, value]) => `<${name}>${value}</${name}>`);
    const body =
      '<?xml version="1.0"?><s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/" s:encodingStyle="http://schemas.xmlsoap.org/soap/encoding/">' +
      `<s:Body><u:${action} xmlns:u="${this.service}">${fields.join('')}</u:${action}></s:Body></s:Envelope>`;
    const headers = { 'content-type': 'text/xml; charset="utf-8"', soapaction: `"${this.service}#${action}"` };
    return ask(this.control, { method: 'POST', headers, body, signal });
  }
}

/** @throws GatewayError for anything but a good answer of a sensible length. */
async function ask(url: URL, init: RequestInit): Promise<string> {
  let response: Response;
  try {
    response = await fetch(url, { ...init, redirect: 'error' });
  } catch (error) {
    init.signal?.throwIfAborted();
    throw new GatewayError(`it does not answer: ${error instanceof Error ? error.message : String(error)}`);
  }
  let text = '';
  const decoder = new TextDecoder();
  try {
    for await (const part of response.body ?? []) {
      text += decoder.decode(part as Uint8Array, { stream: true });
      if (text.length > MAX_ANSWER_BYTES) throw new GatewayError('its answer is too long');
    }
  } catch (error) {
    init.signal?.throwIfAborted();
    throw error instanceof GatewayError ? error : new GatewayError('its answer broke off');
  }
  if (response.ok) return text;
  const code = Number(tag(text, 'errorCode'));
  const reason = tag(text, 'errorDescription')?.slice(0, 100);
  throw new GatewayError(`it refuses: ${reason ?? `HTTP ${response.status}`}`, Number.isInteger(code) ? code : undefined);
}

/** The text of the first element of a name; UPnP's own elements have neither attributes that matter nor children here. */
function tag(xml: string, name: string): string | undefined {
  return new RegExp(`<${name}(?:\\s[^>]{0,100})?>([^<]{0,500})</${name}>`).exec(xml)?.[1].trim();
}

/** This machine's address on the network that the gateway is on, as a connection there shows it. */
async function localAddressTo(location: URL, signal: AbortSignal): Promise<string> {
  const socket = connect({ host: location.hostname, port: Number(location.port || 80) });
  try {
    await once(socket, 'connect', { signal });
    return socket.localAddress ?? '';
  } catch (error) {
    signal.throwIfAborted();
    throw new GatewayError(`it does not answer: ${error instanceof Error ? error.message : String(error)}`);
  } finally {
    socket.destroy();
  }
}
