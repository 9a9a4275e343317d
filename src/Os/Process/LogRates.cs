using System.Text;

namespace KafkaCompatBroker.Os.Process;

/// <summary>
/// Lets a number of lines of one kind through at once and after that one a second, and counts the rest, so that what clients do fills no
/// disk. Lines that differ in nothing but numbers and values are of one kind. Not for several threads.
/// </summary>
public sealed class LogRates(TimeProvider time)
{
    public const int LinesAtOnce = 50;
    private static readonly TimeSpan TimePerLine = TimeSpan.FromSeconds(1);
    /// <summary>Kinds beyond it are taken for one.</summary>
    private const int KindsMax = 1000;
    private const string OtherKinds = "others";
    private const int KindMaxCharacters = 200;

    private readonly Dictionary<string, Kind> kinds = [];
    private long leftOut;

    /// <summary>Whether the line is to be written; otherwise it is counted.</summary>
    public bool Admit(LogLevel level, string source, string message)
    {
        var kind = Find($"{level} {source} {WithoutValues(message)}");
        Refill(kind);
        if (kind.Left == 0)
        {
            kind.LeftOut++;
            leftOut++;
            return false;
        }
        kind.Left--;
        return true;
    }

    /// <summary>How many lines were left out of each kind of which one may be written again; they are counted anew from here on.</summary>
    public IReadOnlyList<(string Kind, long Count)> TakeLeftOut()
    {
        if (leftOut == 0)
            return [];
        var taken = new List<(string, long)>();
        foreach (var (name, kind) in kinds)
        {
            Refill(kind);
            if (kind.LeftOut == 0 || kind.Left == 0)
                continue;
            taken.Add((name, kind.LeftOut));
            leftOut -= kind.LeftOut;
            kind.LeftOut = 0;
        }
        return taken;
    }

    private Kind Find(string name)
    {
        if (kinds.TryGetValue(name, out var kind))
            return kind;
        if (kinds.Count >= KindsMax)
            name = OtherKinds;
        if (!kinds.TryGetValue(name, out kind))
            kinds.Add(name, kind = new Kind { Left = LinesAtOnce, RefilledTimestamp = time.GetTimestamp() });
        return kind;
    }

    private void Refill(Kind kind)
    {
        var lines = (long)(time.GetElapsedTime(kind.RefilledTimestamp) / TimePerLine);
        if (lines == 0)
            return;
        kind.Left = (int)Math.Min(LinesAtOnce, kind.Left + lines);
        kind.RefilledTimestamp = time.GetTimestamp();
    }

    /// <summary>"partition=orders-3 leads from 17" becomes "partition= leads from #".</summary>
    private static string WithoutValues(string message)
    {
        var kind = new StringBuilder(KindMaxCharacters);
        var isInValue = false;
        foreach (var character in message)
        {
            if (kind.Length == KindMaxCharacters)
                break;
            isInValue = isInValue ? character != ' ' : character == '=';
            if (isInValue && character != '=')
                continue;
            if (!char.IsAsciiDigit(character))
                kind.Append(character);
            else if (kind.Length == 0 || kind[^1] != '#')
                kind.Append('#');
        }
        return kind.ToString();
    }

    private sealed class Kind
    {
        public int Left { get; set; }
        public long RefilledTimestamp { get; set; }
        public long LeftOut { get; set; }
    }
}
