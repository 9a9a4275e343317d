using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace KafkaCompatBroker.Os.Disk;

/// <summary>An open file, read and written by position. Closed when the last reference is released.</summary>
internal sealed class OsFile : IDiskFile
{
    private static int openCount;

    private readonly string path;
    private readonly SafeFileHandle handle;
    private readonly Lock flushing = new();
    private int references = 1;
    private FileStream? stream;
    private DiskError? failedFlush;

    public OsFile(string path, SafeFileHandle handle)
    {
        (this.path, this.handle) = (path, handle);
        Interlocked.Increment(ref openCount);
    }

    /// <summary>How many of them the process has open.</summary>
    public static int OpenCount => Volatile.Read(ref openCount);

    public string Path => path;

    public long Length
    {
        get
        {
            try
            {
                return RandomAccess.GetLength(handle);
            }
            catch (Exception exception) when (DiskErrors.IsDisks(exception))
            {
                throw DiskErrors.From(exception, path, "stat");
            }
        }
    }

    /// <summary>
    /// The form in which a socket takes a file to send. One for all sends, because only its handle is used and positions are given with
    /// each send.
    /// </summary>
    public FileStream Stream
    {
        get
        {
            if (Volatile.Read(ref stream) is { } existing)
                return existing;
            var made = new FileStream(handle, FileAccess.Read, bufferSize: 0, isAsync: true);
            // The handle is ours to close: a stream that lost the race must not close it when collected.
            GC.SuppressFinalize(made);
            return Interlocked.CompareExchange(ref stream, made, null) ?? made;
        }
    }

    public int Read(long position, Span<byte> buffer)
    {
        var total = 0;
        try
        {
            while (total < buffer.Length)
            {
                var count = RandomAccess.Read(handle, buffer[total..], position + total);
                if (count == 0)
                    break;
                total += count;
            }
        }
        catch (Exception exception) when (DiskErrors.IsDisks(exception))
        {
            throw DiskErrors.From(exception, path, "read");
        }
        return total;
    }

    public void Write(long position, ReadOnlySpan<byte> bytes)
    {
        try
        {
            RandomAccess.Write(handle, bytes, position);
        }
        catch (Exception exception) when (DiskErrors.IsDisks(exception))
        {
            throw DiskErrors.From(exception, path, "write");
        }
    }

    public void SetLength(long length)
    {
        try
        {
            RandomAccess.SetLength(handle, length);
        }
        catch (Exception exception) when (DiskErrors.IsDisks(exception))
        {
            throw DiskErrors.From(exception, path, "truncate");
        }
    }

    public void Flush()
    {
        // The system tells a handle of an error once: of two flushes at a time, one would be told that all is well.
        lock (flushing)
        {
            if (failedFlush is not null)
                throw failedFlush;
            while (Posix.FDataSync(handle) != 0)
            {
                // An interrupted call has flushed nothing yet; any other failure may have dropped pages for good.
                if (Marshal.GetLastPInvokeError() != Posix.EINTR)
                    throw failedFlush = DiskErrors.Last(path, "flush");
            }
        }
    }

    public bool TryAddReference()
    {
        var seen = Volatile.Read(ref references);
        while (seen > 0)
        {
            var before = Interlocked.CompareExchange(ref references, seen + 1, seen);
            if (before == seen)
                return true;
            seen = before;
        }
        return false;
    }

    public void Release()
    {
        var left = Interlocked.Decrement(ref references);
        Invariant.Holds(left >= 0);
        if (left > 0)
            return;
        handle.Dispose();
        Interlocked.Decrement(ref openCount);
    }
}
