using System.Net;
using KafkaCompatBroker.Broker.Configuration;

namespace KafkaCompatBroker.Broker.Network;

/// <summary>
/// Which client connections a broker has, and how many it may have: over all of them (<c>max.connections</c>), from one address
/// (<c>max.connections.per.ip</c>), and how many may come a second. Touched only on the server's loop.
/// </summary>
internal sealed class ClientConnections(ILoop loop, ListenerConfig listeners, ConnectionLimits limits, ConnectionServices services)
{
    private const string Source = "connection";

    private readonly TimeProvider time = services.Loops.Time;
    private readonly ConnectionRate rate = new(services.Loops.Time, services.Options.QuotaSample, services.Options.QuotaSampleCount);
    private ListenerConfig listeners = listeners;
    private ConnectionLimits limits = limits;
    private readonly HashSet<ClientConnection> connections = [];
    private readonly Dictionary<IPAddress, int> countByAddress = [];
    private TaskCompletionSource? room;
    private TaskCompletionSource? empty;

    /// <summary>Done at once unless <c>max.connections</c> or the bound by file descriptors is reached; brokers get in even then.</summary>
    public async Task WhenRoom(Listener listener)
    {
        Invariant.Holds(loop.IsCurrent);
        while (connections.Count >= ConnectionsMax && !IsForBrokersOnly(listener) && empty is null)
        {
            room ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            await room.Task;
        }
    }

    /// <summary>
    /// Done at once unless too many connections have come of late, this one counted in; brokers' own do not count. KIP-612.
    /// </summary>
    public async Task WhenDue(Listener listener)
    {
        Invariant.Holds(loop.IsCurrent);
        if (IsForBrokersOnly(listener) || rate.Record(limits.CreatedPerSecond) is not { Ticks: > 0 } wait)
            return;
        var since = time.GetTimestamp();
        using var due = loop.Schedule(wait, MakeRoom);
        while (time.GetElapsedTime(since) < wait && empty is null)
        {
            room ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            await room.Task;
        }
    }

    /// <summary>Takes over an accepted connection; closes it at once when its address has as many as it may.</summary>
    public void Add(INetworkConnection accepted, Listener listener)
    {
        Invariant.Holds(loop.IsCurrent);
        var address = accepted.RemoteEndPoint.Address;
        var present = countByAddress.GetValueOrDefault(address);
        var allowed = limits.Of(address);
        if (empty is not null || present >= allowed)
        {
            if (empty is null)
                services.Log.Info(
                    Source, $"connection refused: remote={accepted.RemoteEndPoint} connections={present} "
                    + $"max.connections.per.ip={allowed}");
            accepted.Dispose();
            return;
        }
        if (connections.Count >= ConnectionsMax && IsForBrokersOnly(listener))
            CutLeastRecentlyUsed();
        var connection = new ClientConnection(
            accepted, listener, listeners.UseOf(listener.Name), services, gone => loop.Post(() => Remove(gone)));
        connections.Add(connection);
        countByAddress[address] = present + 1;
        connection.Start();
    }

    /// <summary>Other bounds hold from here on. What there is beyond them stays.</summary>
    public void Bound(ConnectionLimits next)
    {
        Invariant.Holds(loop.IsCurrent);
        limits = next;
        MakeRoom();
    }

    /// <summary>Other listeners hold from here on: each connection of one that is no more closes when it has its answers.</summary>
    public void Relisten(ListenerConfig next)
    {
        Invariant.Holds(loop.IsCurrent);
        listeners = next;
        foreach (var connection in connections)
        {
            if (!next.Listeners.Any(listener => listener.Name == connection.Listener.Name))
                connection.Drain.Invoke();
        }
    }

    /// <summary>Closes the connections on which no byte has come or gone for too long.</summary>
    public void CloseIdle()
    {
        Invariant.Holds(loop.IsCurrent);
        foreach (var connection in connections)
            connection.IdleCheck.Invoke();
        // Files may have been closed.
        MakeRoom();
    }

    /// <summary>Requests wait for a part of the memory: gives up the connections that keep it.</summary>
    public void RelieveShortage(ConnectionMemory part)
    {
        Invariant.Holds(loop.IsCurrent);
        var holdings = connections.Select(
            connection => new Holding<ClientConnection>(connection, connection.Held.BytesOf(part), connection.Held.Age)).ToList();
        foreach (var victim in MemoryShortage.Victims(holdings, part.UsedBytes, part.LimitBytes))
        {
            services.Log.Warn(
                Source,
                $"connection closed: listener={victim.Holder.Listener.Name} remote={victim.Holder.RemoteEndPoint} "
                + $"reason=memory for requests is short, and it has held {victim.Bytes} bytes for {victim.Age.TotalSeconds:F1} s");
            victim.Holder.Cut.Invoke();
        }
    }

    /// <summary>Takes no more, and closes each connection when its requests in flight are answered.</summary>
    /// <param name="gone">Ends when no connection is left.</param>
    public void Drain(TaskCompletionSource gone)
    {
        Invariant.Holds(loop.IsCurrent);
        empty = gone;
        MakeRoom();
        foreach (var connection in connections)
            connection.Drain.Invoke();
        if (connections.Count == 0)
            gone.TrySetResult();
    }

    /// <summary>Closes all connections at once.</summary>
    public void Cut()
    {
        Invariant.Holds(loop.IsCurrent);
        foreach (var connection in connections)
            connection.Cut.Invoke();
    }

    /// <summary>The connection is gone with all that it held.</summary>
    private void Remove(ClientConnection connection)
    {
        Invariant.Holds(loop.IsCurrent);
        connections.Remove(connection);
        var address = connection.RemoteEndPoint.Address;
        if (--countByAddress[address] == 0)
            countByAddress.Remove(address);
        MakeRoom();
        if (connections.Count == 0)
            empty?.TrySetResult();
    }

    /// <summary>As many as the setting and the file descriptors allow: what logs take is not left for connections.</summary>
    private int ConnectionsMax => Math.Min(limits.InAll, services.Files.ConnectionsMax);

    /// <summary>Whether the listener is the brokers' own, which <c>max.connections</c> does not keep out.</summary>
    private bool IsForBrokersOnly(Listener listener)
        => listeners.UseOf(listener.Name) == ListenerUse.Brokers;

    /// <summary>A broker's connection has come beyond the bound: a client's goes.</summary>
    private void CutLeastRecentlyUsed()
        => connections.Where(
            connection => !IsForBrokersOnly(connection.Listener)).MinBy(connection => connection.LastUsedTimestamp)?.Cut.Invoke();

    private void MakeRoom()
    {
        (var waiting, room) = (room, null);
        waiting?.SetResult();
    }
}
