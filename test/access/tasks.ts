import { HandClock } from "../support/clock.ts";
import { openHouse } from "../support/house.ts";

/** More than anybody in the matrix ends. */
const tasksEach = 30;

/** Puts work that an agent took on into the log of a server that is not running. @returns ids of tasks by room */
export async function seedTasks(
  path: string,
  agentName: string,
  requesterName: string,
  rooms: readonly string[],
): Promise<Record<string, number[]>> {
  const clock = new HandClock();
  clock.advance(Date.now() - clock.now());
  using house = openHouse({ path, clock });
  const requester = house.members.person(requesterName);
  if (!requester) throw new Error(`no ${requesterName}`);
  const agentId = house.agent(agentName).id;
  const open = (room: string): number[] => {
    const { id: requestId, roomId } = house.say(requester, "please count the coins", { room });
    const asked = { agentId, requestId, roomId, requesterId: requester.id, description: "count the coins" };
    const opened: number[] = [];
    for (let count = 0; count < tasksEach; count += 1)
      house.tasks.open(asked, (task) => {
        if ("id" in task) opened.push(task.id);
      });
    house.log.flush();
    for (const id of opened) house.tasks.move(id, { state: "accepted" }, requester);
    house.log.flush();
    return opened;
  };
  return Object.fromEntries(rooms.map((room) => [room, open(room)]));
}
