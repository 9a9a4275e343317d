namespace KafkaCompatBroker.ZooKeeper.Client;

/// <summary>
/// What makes a session: its id, the password by which another connection takes it over, and the timeout that the ensemble grants.
/// </summary>
internal sealed record SessionIdentity(long Id, byte[] Password, TimeSpan Timeout)
{
    private const int PasswordBytes = 16;

    /// <summary>Asks for a new session.</summary>
    public static readonly SessionIdentity None = new(0, new byte[PasswordBytes], TimeSpan.Zero);
}

/// <summary>The frame that opens a connection, and its answer.</summary>
internal static class Handshake
{
    /// <param name="lastZxid">A server that has not come as far refuses the session, so that it never reads what is older.</param>
    public static byte[] Request(SessionIdentity session, long lastZxid, TimeSpan timeout)
    {
        var writer = new JuteWriter();
        writer.Int32(0);
        writer.Int64(lastZxid);
        writer.Int32((int)timeout.TotalMilliseconds);
        writer.Int64(session.Id);
        writer.Bytes(session.Password);
        // It may not be a server that has lost its ensemble and only reads.
        writer.Boolean(false);
        return writer.ToFrame();
    }

    /// <summary>
    /// The session as the server grants it; <see cref="SessionIdentity.None"/> where the one that was asked for has expired. Null when the
    /// frame is no answer.
    /// </summary>
    public static SessionIdentity? ReadAnswer(ReadOnlySpan<byte> frame, out bool isReadOnly)
    {
        var reader = new JuteReader(frame);
        reader.Int32();
        var timeoutMs = reader.Int32();
        var id = reader.Int64();
        var password = reader.Bytes();
        // A server before 3.4 does not say.
        isReadOnly = !reader.IsAtEnd && reader.Boolean();
        if (reader.IsBroken || password is null)
            return null;
        return timeoutMs <= 0 || id == 0 ? SessionIdentity.None : new SessionIdentity(id, password, TimeSpan.FromMilliseconds(timeoutMs));
    }
}
