// The script by which an order's page follows its order. An event has htmx fetch the part that moves; while events come,
// the part's own poll is held back but for each tenth, which shows what is no change of the order: how late a worker
// is, that it needs attention. Where the browser gets no stream, the part polls as if there were no script here. A page
// that is not seen has no stream: browsers keep six connections to a host over HTTP/1.1, for all of their tabs.
export const followScript = `
(() => {
  const part = document.querySelector("[data-events]")
  if (part === null) return
  let source
  let latest = 0
  let polls = 0
  const isShown = () => Number(part.querySelector("#now").dataset.version) >= latest
  const follow = () => {
    source?.close()
    if (document.hidden) return
    source = new EventSource(part.dataset.events)
    source.onmessage = ({ lastEventId }) => {
      latest = Number(lastEventId)
      if (!isShown()) htmx.trigger(part, "changed")
    }
  }
  document.addEventListener("htmx:beforeRequest", (event) => {
    if (event.target.id !== "now") return
    const isFollowed = source?.readyState === EventSource.OPEN && isShown()
    if ((isFollowed || document.hidden) && ++polls % 10 > 0) event.preventDefault()
  })
  document.addEventListener("visibilitychange", follow)
  follow()
})()
`
