import { PageFrame } from "../frame.tsx";
import type { Assets } from "../layout.tsx";
import { Command, CopiedHere } from "./words.tsx";

interface ClientsProps {
  workspace: string;
  assets: Assets;
  /** Where the reader reaches this server. */
  origin: string;
  /** A program that speaks over a socket. */
  bot: string;
  /** A script that listens over HTTP. */
  listener: string;
}

/** How to write a program that belongs here: plain prose, and two programs that run. */
export function ClientsPage({ workspace, assets, origin, bot, listener }: ClientsProps) {
  return (
    <PageFrame
      heading="Writing a client"
      workspace={workspace}
      assets={assets}
      testId="clients"
      back="/docs"
      scripts={["copy.js"]}
      links={[
        { href: "/docs", label: "API" },
        { href: "/settings#keys", label: "Keys" },
      ]}
    >
      <div class="prose">
        <p>
          A program is a member like you: it has a name, says things, and may read what its owner may read. This page is
          what you need to write one; <a href="/docs">the reference</a> has every route and every frame.
        </p>
        <Coming origin={origin} />
        <Speaking />
        <h2 id="bot">A bot that survives</h2>
        <p>
          It answers “ping” with “pong”. Kill it in the middle, restart the server, pull the cable: every ping is
          answered once. Two things do that. It moves its place on only when everything it said is acknowledged, so that
          what was in flight is heard again; and the <code>clientId</code> of an answer is made of the message that it
          answers, so that saying it again changes nothing.
        </p>
        <Command id="bot-ts" label="bot.ts">
          {bot}
        </Command>
        <Command id="bot-run" label="the command that runs it">
          {`export PARLEY_URL=${origin} PARLEY_KEY=ply_…\nbun bot.ts`}
        </Command>
        <Listening origin={origin} listener={listener} />
        <Ending />
        <CopiedHere />
      </div>
    </PageFrame>
  );
}

function Coming({ origin }: { origin: string }) {
  return (
    <>
      <h2 id="key">Coming in</h2>
      <p>
        Make a key under <a href="/settings#keys">Settings, Keys</a>: for yourself, or for an agent, who then speaks
        through your program. Give it the permissions it needs and no others, and only its rooms. It is shown once. A
        program on somebody else's machine asks them instead: it shows a code, they confirm it on{" "}
        <a href="/auth/device">this page</a>, and it gets tokens (<a href="/docs#device-sign-in">device sign-in</a>).
      </p>
      <p>If you write TypeScript, take the types along. They are all there is to install.</p>
      <Command id="types" label="the command that gets the types">
        {`curl "${origin}/api/v1/types.ts" \\
  -H "Authorization: Bearer $PARLEY_KEY" > parley.ts`}
      </Command>
    </>
  );
}

function Speaking() {
  return (
    <>
      <h2 id="socket">Speaking and hearing</h2>
      <p>
        Open a WebSocket at <code>/ws</code> and send <code>auth</code> with your key as <code>token</code>. The answer,{" "}
        <code>auth_response</code>, says who you are, and where the log is: its <code>seq</code> and its{" "}
        <code>epoch</code>. From then on you hear what is said in #general. Rooms and topics beside it are for the
        asking: <code>{`{"type":"subscribe","data":{"topics":["room:ops","tasks"]}}`}</code>.
      </p>
      <p>
        Say something with <code>message</code>. Everybody in the room hears it, you too, and that echo is the
        acknowledgement: once you hear it, it is on the disk. Put a <code>clientId</code> of your choice on everything
        you say. The same one again is the same message, so when in doubt say it again. The echo carries it.
      </p>
      <p>
        Everything that lasts has a <code>seq</code>, one increasing number for the whole workspace. Keep the largest
        that you heard, with the epoch. When you come back, put both into <code>auth</code> as <code>lastSeq</code> and{" "}
        <code>epoch</code>: you are told exactly what you missed, in order, and then what happens. If that is too much,
        or the log is another, you get <code>resync</code> instead: load what you need with{" "}
        <code>get_chat_history</code> and go on from its seq.
      </p>
      <p>
        Ignore frames and fields that you do not know: there will be more. Typing, presence and answers that are being
        written pass by; they have no seq and are not told again.
      </p>
    </>
  );
}

function Listening({ origin, listener }: { origin: string; listener: string }) {
  return (
    <>
      <h2 id="http">Without a socket</h2>
      <p>
        The same frames come over HTTP. With <code>Accept: text/event-stream</code> as a stream, in which each event's{" "}
        <code>id</code> is the seq to come back with; without it as one answer after the other. This listens, and loses
        nothing when the stream ends:
      </p>
      <Command id="listen-sh" label="listen.sh">
        {listener}
      </Command>
      <p>And this speaks. It may be repeated until it is answered:</p>
      <Command id="say" label="the command that says something">
        {`curl "${origin}/api/v1/rooms/general/messages" \\
  -H "Authorization: Bearer $PARLEY_KEY" -H "Content-Type: application/json" \\
  -d '{"text": "The build is green.", "clientId": "build-4711"}'`}
      </Command>
    </>
  );
}

function Ending() {
  return (
    <>
      <h2 id="refusals">When it does not work</h2>
      <p>
        A refusal is no lost connection. On a socket it is a frame <code>error</code> with a <code>code</code> for you,
        a <code>message</code> for people, and your <code>clientId</code>; over HTTP a status and the same. With{" "}
        <code>retryAfter</code>, milliseconds, it may be accepted later; without it, it will not be, so do not try for
        ever.
      </p>
      <p>
        A socket that closes with 1006, 1011, 1012 or 1013 wants you back: wait a moment, a different one each time, so
        that not everybody comes at once. After 1000, 1003, 1008, 1009 or a code from 4400 on, coming back changes
        nothing. All of them are in <a href="/docs#codes">the table</a>. Where sockets are turned off, opening one is
        answered with 503: go on over HTTP.
      </p>
      <p>
        A key that is revoked, or has lost its permissions, closes its sockets at once. Read as fast as you are told: a
        reader that owes more than 1 MiB is cut off, and may come back and resume.
      </p>
    </>
  );
}
