// Longer than most files: every limit stands here, each with its reason.
/** Limits and intervals, each with its reason. Tests pass other values through `createConfig`'s second argument. */
export const defaultLimits = {
  /** Longest message, in UTF-16 units: longer texts belong in files. */
  messageCharacters: 8_000,
  /** Names that one message may mention; what stands beyond them is words. Nobody is called by a list of everybody, and each is looked up. */
  mentions: 20,
  /** How deep JSON may be nested, in frames and bodies: nothing here needs five, and what walks it must not run out of stack. */
  jsonDepth: 16,
  /** Largest chat frame, bytes: a full message in the widest encoding with room to spare. */
  chatFrameBytes: 64 * 1024,
  /** Largest frame Bun accepts before it closes 1009: the seeds promise 1 MB frames for control dialects. */
  socketFrameBytes: 1024 * 1024,
  /** Answers to one client beyond this are packed where it takes that; below it the frame would hardly be smaller. */
  packedCharacters: 1_024,
  /** Unsent bytes a socket may owe before it is cut off to resume later: 1 MiB costs nobody else anything (measured). */
  backpressureBytes: 1024 * 1024,
  /** Largest HTTP body of a form or JSON request. */
  bodyBytes: 64 * 1024,
  /** People: the seeds promise 50 messages a second a user. */
  peopleRate: 60,
  peopleBurst: 120,
  /** Agents: generous enough to speak live, low enough that a loop shows. */
  agentRate: 20,
  agentBurst: 40,
  /** Any frame of one socket, typing and pings included; beyond it frames are refused, not the socket. */
  frameRate: 200,
  frameBurst: 400,
  /** Pings of one socket that are answered beside its frames; what comes faster, or is larger than any ping, counts like every frame. */
  pingRate: 20,
  pingBurst: 40,
  pingCharacters: 1_000,
  /** Sign-ins by name alone of one address: a team arriving together fits. */
  signInRate: 50,
  signInBurst: 200,
  /** Wrong passwords for one name from one address within the window, as the seeds say: after them one waits. */
  signInAttempts: 5,
  attemptWindowMs: 15 * 60_000,
  /** Wrong passwords, codes or tokens of one address: several people of one office may mistype. */
  addressAttempts: 30,
  /** Wrong passwords for one name from everywhere: guessing from many addresses ends as well, and locking somebody out takes effort. */
  nameAttempts: 100,
  /** Passwords hashed at a time, 19 MiB each, and how many may wait: more would be a way to fill the memory. */
  passwordChecks: 2,
  passwordQueue: 64,
  /** Acts of one person over HTTP that change something, such as rooms, titles or keys: no script needs more, and each is kept for ever. */
  actRate: 10,
  actBurst: 200,
  /** Guests of one address: each new name is a member that stays. */
  guestRate: 1,
  guestBurst: 30,
  /** Typing told by one person: one a second, with room for starting and stopping at once. */
  typingRate: 1,
  typingBurst: 5,
  /** Frames that cannot be understood within `badFrameWindowMs` before the socket is closed as abuse. */
  badFrames: 10,
  badFrameWindowMs: 60_000,
  /** How long a socket may stay unauthenticated; longer in development for somebody who types frames by hand and has sent none yet. */
  authTimeoutMs: 10_000,
  authTimeoutDevelopmentMs: 30_000,
  /** Resume is exact up to this many events and bytes, or the client reloads a snapshot: never a partial replay. */
  resumeEvents: 1_000,
  resumeBytes: 512 * 1024,
  /** Typing shows this long unless it is repeated. */
  typingMs: 5_000,
  /** A person is offline this long after the last socket closed: a page reload is not a departure. */
  presenceGraceMs: 1_000,
  /** Presence changes are gathered this long before they are told to browsers: joins cost one frame, not one each. */
  presenceFlushMs: 200,
  /** People shown beside a room; beyond it those who are here come first. */
  peopleBeside: 50,
  /** Changes of presence told one by one; when more come at once the whole list beside the room is sent instead. */
  presenceSingles: 20,
  /** Token deltas of a room are gathered this long: 30 frames a second look live and cost a seventh. */
  deltaFlushMs: 33,
  /** How often clients that wait for it are told how the server is. */
  serverStatusMs: 30_000,
  /** Above `busyMessagesPerSecond` commits are at least `busyTickMs` apart: half the price for 1 ms on average. Below it there is no wait at all. */
  busyMessagesPerSecond: 2_000,
  busyTickMs: 2,
  /** Above this rate they stand `rushTickMs` apart: waking each of 100 readers is then the larger part of a message's price. */
  rushMessagesPerSecond: 5_000,
  rushTickMs: 4,
  /** Commands waiting for a commit before further ones are refused: a stalled disk must not eat the memory. */
  queuedCommands: 50_000,
  /** How often the end of an answer that a full disk kept out is tried again. */
  storageRetryMs: 500,
  /** Messages of one page of history in the browser, and the most that JSON clients may ask for. */
  pageMessages: 50,
  historyMessages: 200,
  /** The search index follows the log in batches of so many events, or this long after the first: each batch is a commit of its own. */
  searchBatch: 512,
  searchDelayMs: 250,
  /** A batch ends early after this long, and then rests so many times what it took: at most a tenth of the process is the index's. */
  searchStepMs: 8,
  searchRest: 9,
  /** While more is said than `busyMessagesPerSecond` it rests longer: its pages in the log cost every commit more than its own time. */
  searchBusyRest: 99,
  /** A search waits this long for the index to be up to date; then it says that it is not. */
  searchCatchUpMs: 100,
  /** A search that has looked so long answers with what it found and says where it was. */
  searchMs: 100,
  /** Hits of one page of a search, and the most that can be asked for. */
  searchHits: 20,
  searchMostHits: 100,
  /** Characters of a page of history, text and HTML together: it ends after the message that reaches this, and says that there is more. */
  pageCharacters: 256 * 1024,
  /**
   * Reads of one member, over HTTP and sockets: paging up fast takes ten a second. What is read weighs besides, one for each so many
   * characters: of pages of the longest messages, 20 ms each, seven come at once and three in two seconds.
   */
  readRate: 50,
  readBurst: 250,
  readCharacters: 8 * 1024,
  /**
   * Searching reads back so far in a room, in messages and in characters, and for words no longer than that: there is no index, and
   * who looks for "aaaaab" in a room full of "a" must not stop the others.
   */
  searchedMessages: 5_000,
  searchedCharacters: 500_000,
  searchedWord: 40,
  /** A page takes up where it was once, when its socket opens: what it missed is up to half a megabyte. */
  resumeRate: 1,
  resumeBurst: 2,
  /** Sockets in all, and of one person. */
  connections: 12_000,
  /** Of one person: tabs, devices and programs. In development any name is free, and one machine plays a crowd. */
  connectionsPerMember: 20,
  connectionsPerMemberDevelopment: 6_000,
  /** Of one key of an agent: it has one socket, and a few while it reconnects. */
  connectionsPerAgentKey: 5,
  /** Sockets that one person opens: all of them at once after a restart, and again; then one now and then. */
  socketRate: 2,
  socketBurst: 40,
  socketRateDevelopment: 600,
  socketBurstDevelopment: 12_000,
  /** Sockets opened from one address, whoever's they are: 2,000 people behind one address may all come back at once. This machine's own are not counted. */
  addressSocketRate: 100,
  addressSocketBurst: 2_000,
  /** Requests of one address that show nobody and are being answered at this moment; not of this machine. */
  strangersInFlight: 50,
  /** Sockets of one address that have not said who they are; those on this machine are counted in all only. */
  strangersPerAddress: 200,
  /** How often open sockets are looked at for sessions that ended by themselves: nothing is delivered much later than that. */
  expiryCheckMs: 1_000,
  /** A request's body must be there within this time, however it drips. */
  bodyMs: 15_000,
  /**
   * Audit entries of sockets are gathered this long, and so many at once of what was refused and of what was not: neither takes the
   * other's place. Beyond it they are counted in one entry.
   */
  auditFlushMs: 1_000,
  auditBatch: 1_000,
  /** Devices that wait to be confirmed, in all: each waits ten minutes. */
  pendingDevices: 1_000,
  /** Devices of one address that may ask within those ten minutes: nobody can fill the places of all. */
  devicesPerAddress: 20,
  /** Codes of devices that one account may type wrong while a code lives: 34 bits are few for who may try for hours from many addresses. */
  deviceCodeAttempts: 5,
  /** Rooms of a workspace and topics of a socket: bounds for lists that are held in memory. */
  rooms: 1_000,
  topicsPerSocket: 128,
  /** Agents of a workspace: what each of them does is told in lists, to everybody. */
  agents: 100,
  /** Agents that one message may call: each of them answers it. */
  agentsCalled: 8,
  /** Characters of what one use of a tool gives back: a model reads all of it again in each round. */
  toolCharacters: 16_000,
  /** What a run used is written at most this often, and at its end: it is known meanwhile, and each time is an event for ever. */
  usageMs: 5_000,
  /** Requests that a run makes to its model: each tool it uses leads to one more, and some models never come to an end. */
  modelRounds: 25,
  /** Tools that a model may use at once. */
  modelCalls: 16,
  /** Tokens of a run's answers, as the service counts them; and characters, because some count nothing. */
  modelTokens: 50_000,
  modelCharacters: 300_000,
  /** How long a run may have its model at work; waiting for people is not counted. */
  modelMs: 15 * 60_000,
  /** A model that says nothing for so long has come to a stop; a large one on a small machine reads for a minute before it begins. */
  modelSilenceMs: 120_000,
  /** Tries of a request that the service could not take, the first wait between them and the longest one that it may ask for. */
  modelTries: 4,
  modelRetryMs: 1_000,
  modelRetryMostMs: 60_000,
  /** Messages and characters of the room that a model is shown with what it was asked. */
  modelMessages: 40,
  modelContextCharacters: 24_000,
  /** Whether an endpoint is there is asked while somebody waits for the page. */
  modelCheckMs: 4_000,
  /** A file is claimed for half an hour unless it is said for how long, and for four at most: whoever still works renews it. */
  leaseMs: 30 * 60_000,
  leaseMostMs: 4 * 60 * 60_000,
  /** Files and folders that one claim names, and that one member has at a time. */
  leasesPerClaim: 100,
  leasesPerMember: 300,
  /** Requests of one member that wait: each is somebody's to decide. */
  leaseRequestsPerMember: 50,
  /** How often claims whose time is over are looked for; nobody is kept out by one in between. */
  leaseSweepMs: 5_000,
  /** Requests of one agent at the tools that are answered at a time, and streams of all that only listen. */
  mcpRequestsAtOnce: 16,
  mcpSubscriptions: 200,
  /** Programs that use tools give up after a minute: before that they are told that the question stands; who asked to hear how it goes hears it so often, and waits for as long as people are asked. */
  mcpWaitMs: 50_000,
  mcpProgressMs: 10_000,
  mcpLongWaitMs: 60 * 60_000,
  /** An answer that was just told is still the answer to the same question: who gave up in that moment did not read it. */
  mcpToldMs: 5_000,
  /** Tasks an agent may have waiting. */
  queuedTasks: 50,
  /** Runs are looked at this often: their clocks count in seconds. */
  runWatchMs: 1_000,
  /** A run without any sign of life for so long is said to be quiet, and after longer to be stalled: a model may think for a minute, and none for five. */
  quietMs: 60_000,
  stalledMs: 5 * 60_000,
  /** A run that was stopped must be gone within this time, or the card says that it is not. */
  stopMs: 20_000,
  /** Agents that call one another: what went through more of them posts, and wakes nobody. */
  hops: 4,
  /** How often two agents may wake each other within `pairMs`, until a person speaks in their thread. */
  pairWakes: 3,
  pairMs: 5 * 60_000,
  /** How long a run that asked for help waits for an answer: people go to lunch. */
  helpWaitMs: 60 * 60_000,
  /** Steps of a task that are kept; what an agent does beyond them is in its words only. */
  stepsPerTask: 500,
  /** Of a step's title, which is a line, and of what exactly it does: a command or a path, not a program. */
  stepTitleCharacters: 200,
  stepInputCharacters: 8 * 1024,
  /** What is kept of a step's output: how it began and how it ended, of which the end matters more. */
  stepHeadCharacters: 64 * 1024,
  stepTailCharacters: 256 * 1024,
  /** What all steps of a task may keep in full, output and changed files; beyond it of each one only a screenful. */
  taskOutputCharacters: 8 * 1024 * 1024,
  stepLeastCharacters: 4 * 1024,
  /** Files that a step shows as changed, and the characters of each before and after. */
  stepDiffs: 20,
  stepDiffCharacters: 64 * 1024,
  /** Entries of a plan, and the characters of each: it is read at a glance. */
  planEntries: 50,
  planEntryCharacters: 300,
  /** What is kept of what an agent thinks aloud: its beginning and its end. */
  thoughtHeadCharacters: 16 * 1024,
  thoughtTailCharacters: 48 * 1024,
  /** Output and thoughts of one step that are told at once to programs; of more, the end. */
  liveCharacters: 16 * 1024,
  /** Running terminals are told to pages so often: it looks live, and costs a tenth of every change. */
  terminalFrameMs: 150,
  /** Lines of a running terminal that pages have, columns before a line wraps, and lines that programs may redraw. */
  terminalLines: 200,
  terminalColumns: 500,
  terminalRows: 40,
  /** Of one write to a terminal the end is looked at: more than all its lines hold. */
  terminalWriteCharacters: 256 * 1024,
  /** Of what an agent thinks aloud pages show the end. */
  shownThought: 4_000,
  /** Lines of finished output that a task's page shows of one step, and of all, the newest first. */
  terminalPageLines: 1_000,
  terminalPageAll: 5_000,
  /** Steps on a task's card in the room: the last ones; the task's own page has all. */
  cardSteps: 6,
  /** How long an approval or a question waits for people before it is denied: long enough to come back from a coffee. */
  approvalMs: 15 * 60_000,
  /** How often the open ones are looked at: nobody minds a second. */
  approvalCheckMs: 1_000,
  /** Characters of one ask as they are shown, its files' changes included: nobody reads more before they say yes, and every page gets them. */
  approvalCharacters: 128 * 1024,
  /** Asks of one task that wait at a time: an agent that asks more has not waited. */
  approvalsOpen: 10,
  /** Choices of one ask: more is no choice, and they all get a button. */
  approvalOptions: 12,
  /** Approvals of a task that its card shows when they were answered: the newest. */
  approvalsShown: 10,
  /** Direct conversations of a workspace: every pair of two hundred people has one, and who is in them is held in memory. */
  directRooms: 20_000,
  /** Of which one person begins so many, and a guest, whose name is anybody's, only a few; and all guests together never take up the rest. */
  directRoomsPerMember: 500,
  directRoomsPerGuest: 20,
  directRoomsOfGuests: 5_000,
  /** Direct conversations beside a room: the newest. With the same people one comes back to the others. */
  directsBeside: 50,
  /** Messages a browser keeps while it is away. */
  outboxMessages: 100,
  /** How long one poll of Telegram waits for news: the longer, the fewer calls; proxies cut idle connections after a minute. */
  telegramPollSeconds: 30,
  /** A poll that has not ended by then hangs, whatever the network says, and is begun anew. */
  telegramWatchdogMs: 120_000,
  /** Any other call to Telegram, and one that carries a file of up to 50 MB over a slow line. */
  telegramCallMs: 30_000,
  telegramUploadMs: 300_000,
  /** After a failure Telegram is asked again this soon, twice as long each time up to the second, so that a long outage costs little. */
  telegramRetryMs: 1_000,
  telegramRetryMostMs: 30_000,
  /** The same while another program polls with our token: two that fight take each other's messages. */
  telegramConflictMs: 5_000,
  telegramConflictMostMs: 60_000,
  /** Tries for one update before it is passed over: one that breaks something must not stop those behind it. */
  telegramUpdateTries: 3,
  /**
   * Largest update that is delivered: 4,096 letters with a hundred links that answer another such message are 77 KB, because Telegram
   * writes all but ASCII as \uXXXX; a rich message may have 32,768, and be answered by one. How deep it is nested is Telegram's business:
   * a list in a list in a list is deeper than what others may send here.
   */
  telegramUpdateBytes: 1024 * 1024,
  /** How often Telegram is asked whether it still delivers: nothing else tells that another program took the webhook away. */
  telegramHookMs: 60_000,
  /** A delivery that failed is of now for so long: Telegram tries what waits again within minutes. */
  telegramHookErrorMs: 10 * 60_000,
  /** So many updates that were delivered to the webhook are known again; Telegram repeats what was not answered within a minute or so. */
  telegramRemembered: 1_000,
  /** Messages and edits to one person: about one a second with a small burst, as Telegram advises. */
  telegramPrivateMs: 1_000,
  telegramPrivateBurst: 3,
  /** Messages and edits in a group: Telegram takes 20 in any minute; the burst and seventeen more are 19. */
  telegramGroupMs: 3_500,
  telegramGroupBurst: 2,
  /** Edits of an answer that grows: often enough to look live, rarely enough that Telegram does not ask to wait. */
  telegramPrivateEditMs: 1_500,
  telegramGroupEditMs: 3_500,
  /** Drafts of an answer that grows: they cost less and look smooth from two a second on. */
  telegramDraftMs: 400,
  /** After Telegram asked to wait a chat is spoken to at half the pace, and faster again after so long without being asked. */
  telegramSlowMs: 60_000,
  /** Calls of the whole bot within a second; Telegram takes about 30. */
  telegramCallsPerSecond: 25,
  /** Notices and previews that wait for one chat: beyond it the least important is dropped. */
  telegramQueued: 50,
  /** Messages that one text may become: a longer one is sent as a file with its beginning. */
  telegramParts: 4,
  /** Tries for a question or a notice while Telegram does not answer; old news is worse than none. */
  telegramNoticeTries: 5,
  /** Largest file, bytes: photos and documents fit, films belong elsewhere. */
  fileBytes: 25 * 1024 * 1024,
  /** Files of one message: more is an album, and five pictures fill a phone's screen. */
  filesPerMessage: 5,
  /** Bytes of all files of one member: some thousand photos, and nobody fills the disk of all. */
  memberFileBytes: 1024 * 1024 * 1024,
  /** Uploads of one member at a time: the files of one message. */
  uploadsAtOnce: 5,
  /** An upload that brings less than this many bytes a second, on average over the window, is given up: it holds a connection. */
  uploadRate: 1024,
  uploadWindowMs: 30_000,
  /** Seconds after which a request on which nothing moves is cut off: an upload nobody sends, a download nobody reads. */
  idleSeconds: 30,
  /** A file that was not sent within a day is not wanted any more; how often that is looked for, as it matters to nobody's day. */
  unsentFileMs: 24 * 60 * 60_000,
  fileSweepMs: 15 * 60_000,
  /** Longest name of a file: with an ending, and in any script, it fits every file system. */
  fileNameCharacters: 200,
  /** Images with more pixels are not shown in place: decoding one takes 200 MB in every browser that looks. */
  inlinePixels: 50_000_000,
  /** How often a stream over HTTP says that it is there: proxies cut what is silent for half a minute or more. */
  streamBeatMs: 15_000,
  /** A page's line over HTTP is over when nothing came from it for so long: a dead network ends no stream, and hidden tabs speak once a minute. */
  lineSilenceMs: 150_000,
  /** How long a poll waits for something: under the 30 s after which many a proxy gives up. */
  pollWaitMs: 25_000,
  /** What comes within so long of the first thing goes with it: fewer polls, and nobody sees the difference. */
  pollGatherMs: 25,
  /** Between two polls of a page what it would have heard is kept this long: a request on its way is not a departure. */
  pollParkMs: 10_000,
  /** Whether the process comes to its work in time is looked at so often; later than this by so much is written into the log. */
  pulseMs: 100,
  pulseLateMs: 250,
  /** Figures that anybody may ask for are counted once in this time. */
  figuresMs: 1_000,
  /** A shutdown, or a switch to another transport, waits this long for what is in flight. */
  drainMs: 5_000,
  /** A transport that is to be switched to must have shown within this time that it works. */
  transportStartMs: 15_000,
  /** The server is up after this time at the latest; a transport that takes longer comes up while it already serves. */
  transportWaitMs: 1_000,
  /** How often the transports are looked at: trouble is counted in seconds. */
  transportWatchMs: 1_000,
  /** How often the server opens a socket to itself, to know that others can, and how long that may take. */
  probeMs: 10_000,
  probeTimeoutMs: 5_000,
  /** A migration waits this long for each answer of the server that it tries its new settings with. */
  migrationAnswerMs: 10_000,
  /** How long `POST /tasks` waits for the agent to take up the task, whose id it answers with. */
  taskAnswerMs: 2_000,
  /** A program that works for an agent has said within this time that it is there; a cold start on a busy machine took 5 s. */
  agentStartMs: 20_000,
  /** Stopping: how long it may take to stop by itself, then to end when its input is closed, then when it is told to. Together, and with
   *  the sweep behind them, under the 10 s after which nothing of it may be left. */
  agentCancelMs: 5_000,
  agentCloseMs: 3_000,
  agentTermMs: 500,
  /** What ends together with a program takes this long at most: only what is there after that was left behind. */
  agentSettleMs: 300,
  /** How often what still bears a run's mark is killed, and how long between: what forks while it is being swept is gone after a few rounds. */
  agentSweepRounds: 25,
  agentSweepMs: 20,
  /** Memory that one process of an agent may write to: builds of large projects fit, and the machine goes on when one does not end.
   *  Not address space: JavaScript engines reserve a hundred times what they use. */
  agentMemoryBytes: 4 * 1024 * 1024 * 1024,
  /** Seconds of computing for one process of an agent: no build takes an hour of it, and what spins for ever does. */
  agentCpuSeconds: 3_600,
  /** Processes and threads of the user that Parley runs as, while an agent asks for more: the system counts all of them together, so it is
   *  wide, and a program that forks for ever still ends. */
  agentProcesses: 8_192,
  /** Files that one process of an agent has open: watching a large project needs thousands. */
  agentOpenFiles: 8_192,
  /** What is kept of what a program says on its standard error: its last screens. */
  agentComplaintBytes: 16 * 1024,
  /** Lines of that which are shown when it fails. */
  agentComplaintLines: 12,
  /** Largest message of an agent over its pipe: a file of a few megabytes as it was and as it is. */
  agentFrameBytes: 16 * 1024 * 1024,
  /** What a run has told and nobody has taken yet: beyond it the program's pipe is not read, and so it waits. */
  agentBacklogCharacters: 256 * 1024,
  /** Steps of one run: beyond them it goes on, and is not shown step by step any more. */
  agentSteps: 1_000,
  /** Messages of the room that a program is told along with what it was asked, and characters of each: enough to know what "it" is. */
  agentContextMessages: 12,
  agentContextCharacters: 400,
  /** The answer of a command line tool: what is longer belongs in a file. */
  execAnswerCharacters: 100_000,
  /** A command line tool that answers in one go is done within this time, or is taken to hang. */
  execMs: 15 * 60_000,
  /** Below this much free space beside the database its health is called degraded: a commit needs little, and then there is still time. */
  diskFreeBytes: 64 * 1024 * 1024,
} as const;

export type Limits = { readonly [K in keyof typeof defaultLimits]: number };
