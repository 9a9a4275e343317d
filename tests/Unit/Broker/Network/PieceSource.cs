namespace KafkaCompatBroker.Tests.Unit.Broker.Network;

/// <summary>Pieces of 1000 bytes, each of its own number, and how many of them have been made.</summary>
internal sealed class PieceSource(int pieces) : IOutgoingSource
{
    public const int PieceBytes = 1000;

    private readonly byte[] piece = new byte[PieceBytes];

    public int Made { get; private set; }
    public bool IsDisposed { get; private set; }
    public int Length => pieces * PieceBytes;
    public int HeldBytes { get; init; } = 300_000;

    public ReadOnlyMemory<byte> Next()
    {
        Assert.False(IsDisposed);
        piece.AsSpan().Fill((byte)Made++);
        return piece;
    }

    public void Dispose() => IsDisposed = true;
}
