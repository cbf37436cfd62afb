// Sockets of npm zeromq, steered by lines on standard input: see tests/helpers/foreign.py.
"use strict"
const zmq = require("zeromq")
const readline = require("readline")

const TYPES = {
  PUB: zmq.Publisher, SUB: zmq.Subscriber, XPUB: zmq.XPublisher, PUSH: zmq.Push, PULL: zmq.Pull,
  REQ: zmq.Request, REP: zmq.Reply, ROUTER: zmq.Router, DEALER: zmq.Dealer, PAIR: zmq.Pair,
}
const sockets = new Map()

async function answer(words) {
  const [verb, name, ...rest] = words
  const socket = sockets.get(name)
  if (verb === "open") {
    const [type, how, address] = rest
    const made = new TYPES[type]({linger: 0})
    if ("receiveTimeout" in made) made.receiveTimeout = 60000
    sockets.set(name, made)
    if (type === "SUB") made.subscribe()
    if (how === "bind") await made.bind(address)
    else made.connect(address)
    return how === "bind" ? made.lastEndpoint : address
  }
  if (verb === "send") {
    await socket.send(rest[0].split("|").map(frame => Buffer.from(frame, "hex")))
    return ""
  }
  if (verb === "recv") return (await socket.receive()).map(frame => frame.toString("hex")).join("|")
  socket.close()
  sockets.delete(name)
  return ""
}

async function main() {
  for await (const line of readline.createInterface({input: process.stdin})) {
    try {
      console.log(`ok ${await answer(line.split(" "))}`)
    } catch (error) {
      console.log(`error ${error.message}`)
    }
  }
  process.exit(0)
}

main()
