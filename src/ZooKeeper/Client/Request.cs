namespace KafkaCompatBroker.ZooKeeper.Client;

/// <summary>
/// One request of a caller, from when it is asked until it is answered. It is written anew for each connection that it is sent on. Touched
/// only on the session's loop.
/// </summary>
internal abstract class Request
{
    /// <summary>Rather too much than too little: what a request takes beside its path and data.</summary>
    protected const int OverheadBytes = 256;

    /// <summary>On the connection it was sent on last.</summary>
    public int Xid { get; set; }

    /// <summary>
    /// The last zxid that the session had seen when this was first sent: what this request itself writes is younger. Null until then.
    /// </summary>
    public long? SentBehindZxid { get; set; }

    /// <summary>Whether it was sent on a connection that ended without the answer, so that it may have been done already.</summary>
    public bool WasLost { get; set; }

    /// <summary>Connections in a row that ended while this was the only request on them.</summary>
    public int ConnectionsEnded { get; set; }

    public abstract int OpCode { get; }

    /// <summary>What it takes while it waits, about.</summary>
    public abstract long WaitingBytes { get; }

    /// <summary>The frame to send, which has a request's header.</summary>
    public JuteWriter Write()
    {
        var writer = new JuteWriter();
        writer.Int32(Xid);
        writer.Int32(OpCode);
        WriteBody(writer);
        return writer;
    }

    /// <summary>Takes an answer; false when the frame is none.</summary>
    public abstract bool TryRead(ZkResult result, ref JuteReader reader);

    /// <summary>Gives the answer that was taken to who asked.</summary>
    public abstract void Answer();

    /// <summary>Answers with a code alone.</summary>
    public abstract void Refuse(ZkResult result);

    protected abstract void WriteBody(JuteWriter writer);
}

/// <summary>Ends the session; answered when its ephemeral nodes are gone.</summary>
internal sealed class CloseRequest(Action answered) : Request
{
    public override int OpCode => Client.OpCode.CloseSession;

    public override long WaitingBytes => OverheadBytes;

    public override bool TryRead(ZkResult result, ref JuteReader reader) => true;

    public override void Answer() => answered();

    public override void Refuse(ZkResult result) => answered();

    protected override void WriteBody(JuteWriter writer)
    {
    }
}
