import type { TransportControl } from "../slash/transport.ts";
import { nameOf } from "./choice.ts";
import type { CommunicationManager } from "./manager.ts";

/** What `/transport` works on. @param manager there once the doors are open */
export function transportControl(manager: () => CommunicationManager): TransportControl {
  return {
    describe() {
      const { type, chosen, transports } = manager().getTransportInfo();
      const troubles = transports.flatMap(({ trouble }) => (trouble === null ? [] : [trouble]));
      const fallen = type === chosen ? [] : [`${nameOf(chosen)} was chosen`];
      return [`talking over ${nameOf(type)}`, ...fallen, ...troubles].join("; ");
    },
    async switchTo(to, by) {
      const before = manager().getTransportType();
      if (before === to) return `Everybody talks over ${nameOf(to)} already.`;
      // The answer goes by the transport that ends with this: it is given as soon as it is true, and not when that has ended.
      await new Promise<void>((resolve, reject) => {
        const ended = manager().switchTransport(to, by, "by /transport", resolve);
        ended.then((switched) => (switched.ok ? resolve() : reject(switched.refusal)), reject);
      });
      return `Everybody talks over ${nameOf(to)} now.`;
    },
  };
}
